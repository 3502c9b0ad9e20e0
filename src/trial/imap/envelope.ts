import addressparser from 'nodemailer/lib/addressparser';
import type { Address } from 'nodemailer/lib/addressparser';
import { fieldValue } from './header.ts';
import type { RawField } from './header.ts';
import { imapNullable, imapString } from './strings.ts';

/** Longer address fields are cut: a client shows a few names of them. */
const MAX_FIELD_LENGTH = 64 * 1024;

/** ENVELOPE of a header. RFC 3501 7.4.2: sender and reply-to are those of From when missing. */
export function envelopeOf(fields: readonly RawField[]): string {
  const text = (name: string) => imapNullable(fieldValue(fields, name));
  const from = addresses(fields, 'from');
  const or = (name: string) => {
    const list = addresses(fields, name);
    return list === 'NIL' ? from : list;
  };
  return [
    `(${text('date')}`,
    text('subject'),
    from,
    or('sender'),
    or('reply-to'),
    addresses(fields, 'to'),
    addresses(fields, 'cc'),
    addresses(fields, 'bcc'),
    text('in-reply-to'),
    `${text('message-id')})`,
  ].join(' ');
}

function addresses(fields: readonly RawField[], name: string): string {
  const value = fieldValue(fields, name)?.slice(0, MAX_FIELD_LENGTH) ?? '';
  const list = addressparser(value).map((entry) =>
    entry.group === undefined ? mailbox(entry.name, entry.address) : group(entry.name, entry.group),
  );
  return list.length === 0 ? 'NIL' : `(${list.join('')})`;
}

function mailbox(name: string, address: string): string {
  // A word alone, such as `postmaster`, is read as a name; a mailbox of NIL would be the end of a group.
  if (address === '') return `(NIL NIL ${imapString(name)} "")`;
  const at = address.lastIndexOf('@');
  const local = at < 0 ? address : address.slice(0, at);
  return `(${imapNullable(name === '' ? null : name)} NIL ${imapString(local)} ${imapString(at < 0 ? '' : address.slice(at + 1))})`;
}

/** A group is its name, its members, and an end. */
function group(name: string, members: readonly Address[]): string {
  const inside = members.map((member) => mailbox(member.name, member.address ?? '')).join('');
  return `(NIL NIL ${imapString(name)} NIL)${inside}(NIL NIL NIL NIL)`;
}
