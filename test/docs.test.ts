import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { AUTHENTICATION_VERDICTS } from '../src/inbound/facts.ts';
import type { Cell, Standing } from '../src/inbound/matrix.ts';
import { MATRIX } from '../src/inbound/matrix.ts';

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
