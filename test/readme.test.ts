import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Toggle } from '../src/settings/toggles.ts';
import { TOGGLES } from '../src/settings/toggles.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly dependencies: object;
  readonly devDependencies: object;
};

const values = ({ values: of }: Toggle): string => {
  if (of.kind === 'choice') return of.values.map((value) => `\`${value}\``).join(', ');
  return of.kind === 'number' ? `${of.min} to ${of.max} ${of.unit}` : of.says;
};

const table = [
  '| toggle | values | default | layers | what it does |',
  '|---|---|---|---|---|',
  ...TOGGLES.map(
    (toggle: Toggle) =>
      `| \`${toggle.id}\` | ${values(toggle)} | \`${toggle.fallback}\` | ${toggle.layers.join(', ')} | ${toggle.says} |`,
  ),
].join('\n');

test('the README shows the toggles as they are', () => {
  const shown = /<!-- toggles -->\n([\s\S]*?)<!-- \/toggles -->/.exec(readme)?.[1]?.trim();
  expect(shown).toBe(table);
});

test('the README says of every dependency what it is for', () => {
  const names = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.devDependencies)];
  const unexplained = names.filter((name) => !readme.includes(`\`${name}\``));
  expect(unexplained).toEqual(['@types/node', '@types/sanitize-html', 'oxlint-tsgolint']);
});
