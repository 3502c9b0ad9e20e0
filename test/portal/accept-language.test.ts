import { expect, test } from 'vitest';
import { readAcceptLanguage } from '../../src/portal/accept-language.ts';

test.each<[string, string | undefined, readonly string[]]>([
  ['nothing', undefined, []],
  ['an empty field', '', []],
  ['one language', 'de', ['de']],
  ['what browsers send', 'de-AT,de;q=0.9,en-US;q=0.8,en;q=0.7', ['de-AT', 'de', 'en-US', 'en']],
  ['the dearest last', 'en;q=0.3, fr;q=0.5 , de', ['de', 'fr', 'en']],
  ['two as dear, in their order', 'fr;q=0.5,de;q=0.5', ['fr', 'de']],
  ['capitals and underscores', 'DE_at;Q=1.000', ['de-AT']],
  ['any language', '*', []],
  ['one that is not wanted', 'de;q=0,en;q=0.000', []],
  ['a weight that is none', 'de;q=2,fr;q=much,en;level=1,es', ['es']],
  ['what is no language', 'english,<script>,../../etc,x-klingon,🙂,de', ['de']],
  ['commas alone', ','.repeat(5_000), []],
  ['far too many', `${'fr,'.repeat(500)}de`, Array.from({ length: 20 }, () => 'fr')],
  ['one without end', `de${'-x'.repeat(50_000)}`, ['de']],
])('a browser that says %s is understood', (_, header, languages) => {
  expect(readAcceptLanguage(header)).toEqual(languages);
});
