import { isNoReply } from './address.ts';
import { has, hasNullReturnPath, isOwnMessageId, isOwnSender } from './signs.ts';
import type { Signal } from './signs.ts';

/** Trace fields of one message: more is a loop. */
const MAX_HOPS = 50;
/** The header with which our own mail names itself. */
export const LOOP_HEADER = 'x-deskbell-loop';

/** The last rows of SIGNALS: mail of people, to whom no automatic answer may go. */
export const UNANSWERABLE: readonly Signal[] = [
  {
    id: 'null_return_path',
    kind: 'personal',
    ref: 'RFC 3834 2',
    because: 'it names no address for answers (Return-Path: <>)',
    find: hasNullReturnPath,
  },
  {
    id: 'x_loop',
    kind: 'personal',
    ref: 'field practice',
    because: 'it carries X-Loop, which asks for no automatic answer',
    find: (signs) => has(signs, 'x-loop'),
  },
  {
    id: 'auto_response_suppress',
    kind: 'personal',
    ref: 'Exchange: X-Auto-Response-Suppress',
    because: 'it asks for no automatic answer (X-Auto-Response-Suppress)',
    find: (signs) => has(signs, 'x-auto-response-suppress', /^(?!\s*none\s*$)./i),
  },
  {
    id: 'no_reply_sender',
    kind: 'personal',
    ref: 'RFC 3834 2, by habit of such programs',
    because: 'nobody reads the address it came from',
    find: ({ sender }) => sender.is === 'address' && isNoReply(sender.address),
  },
  {
    id: 'daemon_sender',
    kind: 'personal',
    ref: 'RFC 3834 2',
    because: 'a mail system sent it',
    find: (signs) => signs.isFromDaemon(),
  },
  {
    id: 'own_message_id',
    kind: 'personal',
    ref: 'RFC 3834 2, by habit of such programs',
    because: 'it carries a Message-ID of ours',
    find: (signs) => isOwnMessageId(signs),
  },
  {
    id: 'own_sender',
    kind: 'personal',
    ref: 'RFC 3834 2, by habit of such programs',
    because: 'it came from an address of this desk',
    find: (signs) => isOwnSender(signs),
  },
  {
    id: 'loop_mark_of_another',
    kind: 'personal',
    ref: 'RFC 3834 2, by habit of such programs',
    because: 'another desk sent it automatically',
    find: (signs) => has(signs, LOOP_HEADER),
  },
  {
    id: 'too_many_hops',
    kind: 'personal',
    ref: 'RFC 5321 6.3',
    because: `it passed more than ${MAX_HOPS} mail servers`,
    find: (signs) => signs.valuesOf('received').length > MAX_HOPS,
  },
];
