import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { helpersTable, variablesTable } from './template-docs.ts';

const page = readFileSync(new URL('../../docs/templates.md', import.meta.url), 'utf8');

test.each([
  ['the variables of every mail', 'variables', variablesTable()],
  ['what a template may call', 'helpers', helpersTable()],
])('the page about templates shows %s as it is', (_, name, table) => {
  expect(new RegExp(`<!-- ${name} -->\\n([\\s\\S]*?)<!-- /${name} -->`).exec(page)?.[1]?.trim()).toBe(table);
});
