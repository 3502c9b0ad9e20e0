import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { OVERVIEW_POLICY, renderOverview } from '../../src/http/overview.ts';
import type { MailboxOverview, MessageOverview, OverviewView } from '../../src/http/overview.ts';

const at = new Date('2026-03-02T09:31:20Z');
const watched: MailboxOverview = {
  address: 'support@desk.example',
  state: { is: 'watching' },
  alarms: [],
  lastCheckedAt: new Date('2026-03-02T09:31:16Z'),
  balance: {
    onServer: 12,
    parts: [
      { words: 'tickets and replies', count: 9 },
      { words: 'held', count: 2 },
      { words: 'automatic', count: 1 },
    ],
    unaccounted: 0,
  },
  mailsPerMinute: 0,
};
const message: MessageOverview = {
  receivedAt: new Date('2026-03-02T09:31:18Z'),
  from: 'ana@customer.example',
  subject: 'The lamp flickers',
  verdict: 'opened',
  reason: 'A known contact wrote to the desk.',
  ticketNumber: 1042,
};
const view: OverviewView = {
  at,
  desk: { name: 'Lantern Works Support', address: 'support@desk.example' },
  mailboxes: [watched],
  waiting: { count: 0, oldestAt: null, isOverdue: false },
  isBreakerOpen: false,
  templates: [],
  outbox: [
    { state: 'sent', count: 214 },
    { state: 'failed', count: 0 },
    { state: 'uncertain', count: 1 },
  ],
  messages: [message],
  trial: null,
};

describe('the overview page', () => {
  test('says where every mail of a mailbox went', () => {
    expect(words(view)).toContain('server 12 = 9 tickets and replies + 2 held + 1 automatic + 0 unaccounted');
    expect(words(view)).toContain('support@desk.example watching checked 4 s ago');
  });

  test.each<[string, readonly MailboxOverview[]]>([
    ['The mailbox is being watched.', [watched]],
    ['All 2 mailboxes are being watched.', [watched, watched]],
    ['Connecting …', [watched, { ...watched, state: { is: 'connecting' }, lastCheckedAt: null, balance: null }]],
    ['1 of 2 mailboxes paused.', [watched, { ...watched, state: { is: 'paused' } }]],
    [
      '1 of 2 mailboxes in trouble.',
      [watched, { ...watched, alarms: [{ problem: 'Its mail server takes no mail. 421 not now', since: at }] }],
    ],
    ['1 of 1 mailbox in trouble.', [{ ...watched, state: { is: 'trouble', reason: 'Refused.', mend: 'Try.' } }]],
    ['Mail on the server is not accounted for.', [{ ...watched, balance: { onServer: 1, parts: [], unaccounted: 1 } }]],
    ['No mailbox yet.', []],
  ])('begins with: %s', (sentence, mailboxes) => {
    expect(words({ ...view, mailboxes })).toContain(`support@desk.example ${sentence}`);
  });

  test('says what is wrong with a mailbox and what mends it', () => {
    const state = { is: 'trouble', reason: 'The login was refused.', mend: 'Check the password.' } as const;
    expect(words({ ...view, mailboxes: [{ ...watched, state }] })).toContain(
      'The login was refused. Check the password.',
    );
  });

  // RELIABILITY D15.
  test.each([
    [
      'nothing waits',
      { count: 0, oldestAt: null, isOverdue: false },
      '0 messages wait for a person Notifications',
      'The mailbox is being watched.',
    ],
    [
      'one waits',
      { count: 1, oldestAt: new Date('2026-03-02T09:01:20Z'), isOverdue: false },
      '1 message waits for a person the oldest came 30 min ago npx deskbell held list',
      'The mailbox is being watched.',
    ],
    [
      'some wait too long',
      { count: 3, oldestAt: new Date('2026-03-02T04:31:20Z'), isOverdue: true },
      '3 messages wait for a person the oldest came 5 h ago longer than it should npx deskbell held list',
      'Mail has waited too long for a person.',
    ],
  ])('says how much waits for a person, and since when: %s', (_, waiting, sentence, first) => {
    const shown = words({ ...view, waiting });
    expect(shown).toContain(sentence);
    expect(shown).toContain(first);
  });

  test('shows the last messages and what was done with them', () => {
    expect(words(view)).toContain(
      '09:31:18 ana@customer.example The lamp flickers ticket opened #1042 A known contact',
    );
    const old = { ...message, receivedAt: new Date('2026-02-27T23:59:00Z'), from: null, subject: null };
    expect(words({ ...view, messages: [old] })).toContain('27 Feb 23:59 nobody (no subject)');
    const many = Array.from({ length: 30 }, (_, i) => ({ ...message, ticketNumber: i }));
    expect(renderOverview({ ...view, messages: many }).match(/<time /g)).toHaveLength(20);
    expect(words({ ...view, messages: [] })).toContain('None yet.');
  });

  test('invites to a first mail in the trial alone', () => {
    const trial = { smtpPort: 2525, imapPort: 1143, password: 'trial', command: 'npx deskbell send' };
    expect(words({ ...view, trial })).toMatch(/npx deskbell send .* port 2525, .* port 1143: .* password is trial\./);
    expect(words(view)).not.toContain('trial');
  });

  test('shows what others wrote as text', () => {
    const hostile = '<script>alert(1)</script>{{desk}}"\u202e\r\n';
    const page = renderOverview({
      ...view,
      desk: { name: hostile.trim(), address: 'support@desk.example' },
      mailboxes: [{ ...watched, state: { is: 'trouble', reason: hostile, mend: hostile } }],
      messages: [{ ...message, from: hostile, subject: hostile, verdict: hostile, reason: hostile }],
    });
    expect(page).not.toMatch(/<script|\u202e/);
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;{{desk}}&quot;');
  });

  test('is served under a policy that allows its own style and nothing else', () => {
    const style = /<style>(.*?)<\/style>/s.exec(renderOverview(view))?.[1] ?? '';
    expect(style).not.toBe('');
    expect(OVERVIEW_POLICY).toContain(`'sha256-${createHash('sha256').update(style).digest('base64')}'`);
    expect(renderOverview(view)).not.toMatch(/ style=|<script|<link|<img| on\w+=|https?:/);
  });
});

/** The page as it is read: without its head and tags, in single spaces. */
test('a template that cannot be used is named, with where to look', () => {
  expect(words(view)).not.toContain('template list');
  const shown = words({ ...view, templates: ['agent_replied in de, version 3'] });
  expect(shown).toContain('agent_replied in de, version 3');
  expect(shown).toContain('npx deskbell template list');
});

function words(shown: OverviewView): string {
  const body = renderOverview(shown).replace(/^.*<body>/s, '');
  return body
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(' .', '.')
    .replaceAll(' ,', ',')
    .replaceAll(' :', ':');
}
