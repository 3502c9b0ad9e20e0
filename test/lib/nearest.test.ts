import { expect, test } from 'vitest';
import { nearest } from '../../src/lib/nearest.ts';
import { TOGGLES } from '../../src/settings/toggles.ts';

test.each([
  ['acknowlege', 'acknowledge'],
  ['Create_Ticket_From_Mail', 'create_ticket_from_mail'],
  ['reopen', 'reopen_closed_days'],
  ['xyz', null],
  ['', null],
])('of the toggles, "%s" is nearest to %s', (written, expected) => {
  expect(
    nearest(
      written,
      TOGGLES.map(({ id }) => id),
    ),
  ).toBe(expected);
});
