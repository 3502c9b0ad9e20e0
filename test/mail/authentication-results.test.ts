import { describe, expect, test } from 'vitest';
import { parseAuthenticationResults, propertyOf } from '../../src/mail/authentication-results.ts';

const read = (value: string) => parseAuthenticationResults(value);
const only = (value: string) => read(value)?.results[0] ?? null;

describe('what a mail server says of a sender is read', () => {
  test('with its name, its methods and what they looked at', () => {
    const value =
      'MX.Google.com; dkim=pass header.i=@harbour.example header.b=TX+a/9=; spf=pass (google.com: domain of ana) smtp.mailfrom=ana@harbour.example; dmarc=pass (p=NONE (sp=X) dis=NONE) header.from=harbour.example';
    expect(read(value)).toEqual({
      authservId: 'mx.google.com',
      results: [
        {
          method: 'dkim',
          result: 'pass',
          reason: null,
          properties: [
            { name: 'header.i', value: '@harbour.example' },
            { name: 'header.b', value: 'TX+a/9=' },
          ],
          comments: [],
        },
        {
          method: 'spf',
          result: 'pass',
          reason: null,
          properties: [{ name: 'smtp.mailfrom', value: 'ana@harbour.example' }],
          comments: ['google.com: domain of ana'],
        },
        {
          method: 'dmarc',
          result: 'pass',
          reason: null,
          properties: [{ name: 'header.from', value: 'harbour.example' }],
          comments: ['p=NONE (sp=X) dis=NONE'],
        },
      ],
    });
  });

  test.each([
    ['a version', 'mx.desk.example 1; spf=pass', 'mx.desk.example', 1],
    ['no results', 'mx.desk.example; none', 'mx.desk.example', 0],
    ['a name alone', 'mx.desk.example', 'mx.desk.example', 0],
    ['comments everywhere', '(a) mx.desk.example (b) 1 (c); (d) spf/1 (e) = (f) pass (g)', 'mx.desk.example', 1],
    ['a quoted name', '"mx.desk.example"; spf=pass', 'mx.desk.example', 1],
    ['a last semicolon', 'mx.desk.example; spf=pass;', 'mx.desk.example', 1],
    [
      'a comment close to the result (Yahoo)',
      'mx.desk.example; dmarc=pass(p=REJECT) header.from=x.example',
      'mx.desk.example',
      1,
    ],
    ['no name (Exchange)', 'spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=x.example;dmarc=pass action=none', null, 2],
    ['a domain between (Exchange)', 'spf=pass smtp.mailfrom=x.example; desk.example; dkim=none header.d=none', null, 2],
    ['an empty value (a bounce)', 'mx.desk.example; spf=pass smtp.mail=; dkim=none', 'mx.desk.example', 2],
  ])('with %s', (_, value, authservId, count) => {
    expect(read(value)).toMatchObject({ authservId });
    expect(read(value)?.results).toHaveLength(count);
  });

  test.each([
    [
      'a reason',
      'mx; spf=fail reason="not \\"his\\" (x); y" smtp.mailfrom=a',
      'smtp.mailfrom',
      'a',
      'not "his" (x); y',
    ],
    ['a quoted value', 'mx; spf=pass smtp.mailfrom="a; dmarc=pass"', 'smtp.mailfrom', 'a; dmarc=pass', null],
    ['a quoted local part', 'mx; spf=pass smtp.mailfrom="a b"@x.example', 'smtp.mailfrom', 'a b@x.example', null],
    ['a property said twice', 'mx; dkim=pass header.d=a header.d=b', 'header.d', null, null],
  ] as const)('%s', (_, value, name, found, reason) => {
    const result = only(value);
    expect(result?.reason).toBe(reason);
    expect(result && propertyOf(result, name)).toBe(found);
  });
});

test.each([
  ['nothing', ''],
  ['another version', 'mx.desk.example 2; spf=pass'],
  ['an open comment', 'mx.desk.example; spf=pass (x; dmarc=pass'],
  ['an open quote', 'mx.desk.example; spf=pass smtp.mailfrom="x; dmarc=pass'],
  ['two words for a name', 'mx.desk.example from=x.example; dkim=pass'],
  ['a comment that cuts a value', 'mx.desk.example; dkim=pass header.d=harbour.example(.x).elsewhere.example'],
  ['text behind a quoted value', 'mx.desk.example; dkim=pass header.d="harbour.example".elsewhere.example'],
  ['a method without result', 'mx.desk.example; spf='],
  ['comments in comments without end', `mx.desk.example; ${'('.repeat(200)}${')'.repeat(200)} spf=pass`],
  ['more than 16 KiB', `mx.desk.example; spf=pass (${'x'.repeat(16_384)})`],
])('%s is not read: an attacker may have written part of it', (_, value) => expect(read(value)).toBeNull());
