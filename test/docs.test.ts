import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { AUTHENTICATION_VERDICTS } from '../src/inbound/facts.ts';
import type { Cell, Standing } from '../src/inbound/matrix.ts';
import { MATRIX } from '../src/inbound/matrix.ts';
import { NOTIFICATION_RULES } from '../src/notifications/rules.ts';
import { findToggle } from '../src/settings/toggles.ts';

const page = readFileSync(new URL('../docs/understanding-mail.md', import.meta.url), 'utf8');

const WHO: Readonly<Record<Standing, string>> = {
  participant: 'takes part',
  told: 'is told',
  contact: 'contact',
  unknown: 'unknown',
  operator: 'operator',
};
const CELLS: Readonly<Record<Cell, string>> = {
  append: 'joins',
  agent: "operator's answer",
  airlock: 'airlock',
  suggest: 'new, linked',
  open: 'new ticket',
  spoofed: 'quarantine',
};

test('the page about mail shows the matrix as it is', () => {
  const rows = AUTHENTICATION_VERDICTS.flatMap((verdict) =>
    (Object.keys(WHO) as Standing[]).map((who) =>
      ['', verdict, WHO[who], ...MATRIX[verdict][who].map((cell) => CELLS[cell]), ''].join(' | ').trim(),
    ),
  );
  const shown = page
    .split('\n')
    .filter((line) => /^\| (?:pass|none|fail) /.test(line))
    .map((line) => line.replace(/ +\|/g, ' |'));
  expect(shown).toEqual(rows);
});

test('T-06: the page about notifications shows the rules as they are', () => {
  const told = readFileSync(new URL('../docs/notifications.md', import.meta.url), 'utf8');
  const rows = NOTIFICATION_RULES.map(({ event, kind, toggle, urgency, whom }) => {
    const [name, fallback] = toggle === null ? ['', 'always'] : [`\`${toggle}\``, findToggle(toggle)?.fallback ?? ''];
    return `| ${event} | ${kind} | ${name} | ${fallback} | ${urgency === 'urgent' ? 'yes' : 'no'} | ${whom} |`;
  });
  expect(told.split('\n').filter((line) => /^\| [a-z_]+ \| [a-z]+_/.test(line))).toEqual(rows);
});
