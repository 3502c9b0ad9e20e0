import { describe, expect, test } from 'vitest';
import { parseAddress } from '../../src/mail/address.ts';
import { authenticate, troubleOf } from '../../src/mail/authenticate.ts';
import type { Evidence } from '../../src/mail/authenticate.ts';
import { parseAuthenticationResults } from '../../src/mail/authentication-results.ts';
import type { DkimEvidence, SignatureCheck } from '../../src/mail/dkim.ts';
import type { Sender } from '../../src/mail/sender.ts';

const senderOf = (raw: string): Sender => {
  const address = parseAddress(raw);
  if (address === null) throw new Error(`not an address: ${raw}`);
  return { is: 'address', address, name: '' };
};
const ana = senderOf('ana@harbour.example');

const says = (value: string): Evidence => {
  const results = parseAuthenticationResults(`mx.desk.example; ${value}`);
  if (results === null) throw new Error(`not readable: ${value}`);
  return { is: 'gathered', results: [results], dkim: null };
};
const signed = (...signatures: readonly SignatureCheck[]): Evidence => gathered({ is: 'checked', signatures });
const gathered = (dkim: DkimEvidence | null): Evidence => ({ is: 'gathered', results: [], dkim });
const valid: SignatureCheck = { domain: 'harbour.example', result: 'pass', says: '' };

describe('the word of our mail server', () => {
  test.each([
    ['DMARC passed', 'dmarc=pass header.from=harbour.example', 'pass'],
    ['DMARC passed, in capitals', 'dmarc=PASS header.from=Harbour.Example', 'pass'],
    ['DMARC passed for somebody else', 'dmarc=pass header.from=elsewhere.example', 'none'],
    ['DMARC passed, it does not say for whom', 'dmarc=pass', 'none'],
    ['DMARC passed for two', 'dmarc=pass header.from=harbour.example header.from=elsewhere.example', 'none'],
    [
      'DMARC passed and failed',
      'dmarc=pass header.from=harbour.example; dmarc=fail (p=reject) header.from=harbour.example',
      'none',
    ],
    [
      'DMARC failed under reject (Gmail)',
      'dmarc=fail (p=REJECT sp=REJECT dis=NONE) header.from=harbour.example',
      'fail',
    ],
    [
      'DMARC failed under quarantine (Fastmail)',
      'dmarc=fail policy.published-domain-policy=quarantine header.from=harbour.example',
      'fail',
    ],
    [
      'DMARC failed under reject (Exchange)',
      'dmarc=fail action=oreject header.from=harbour.example;compauth=fail reason=000',
      'fail',
    ],
    ['DMARC failed under reject (rspamd)', 'dmarc=fail header.from=harbour.example (policy=reject)', 'fail'],
    ['DMARC failed under none', 'dmarc=fail (p=NONE sp=REJECT dis=NONE) header.from=harbour.example', 'none'],
    ['DMARC failed under a policy we do not see', 'dmarc=fail header.from=harbour.example', 'none'],
    ['DMARC failed for somebody else', 'dmarc=fail (p=reject) header.from=elsewhere.example', 'none'],
    [
      'DMARC failed, outweighed by a trusted forwarder (Gmail)',
      'dmarc=fail (p=REJECT dis=NONE arc=pass) header.from=harbour.example',
      'none',
    ],
    [
      'DMARC failed, outweighed by a trusted forwarder (Exchange)',
      'dmarc=fail action=oreject header.from=harbour.example;compauth=pass reason=130',
      'none',
    ],
    ['DMARC had an error, a signature is aligned', 'dmarc=temperror; dkim=pass header.d=mail.harbour.example', 'pass'],
    ['no DMARC, a signature is aligned', 'dmarc=none; dkim=pass header.i=@harbour.example', 'pass'],
    ['no DMARC, a signature of somebody else', 'dkim=pass header.d=elsewhere.example', 'none'],
    ['no DMARC, a signature failed', 'dkim=fail header.d=harbour.example', 'none'],
    [
      'DMARC failed, a signature is aligned for us alone',
      'dmarc=fail (p=none) header.from=harbour.example; dkim=pass header.d=m.harbour.example',
      'none',
    ],
    ['SPF passed', 'spf=pass smtp.mailfrom=harbour.example', 'none'],
  ])('%s', (_, value, verdict) => expect(authenticate(ana, says(value)).verdict).toBe(verdict));

  test('a subdomain is under the weaker of two policies', () => {
    const sub = senderOf('ana@dock.harbour.example');
    const failed = (policy: string) =>
      authenticate(sub, says(`dmarc=fail (${policy}) header.from=dock.harbour.example`));
    expect(failed('p=REJECT sp=NONE dis=NONE').verdict).toBe('none');
    expect(failed('p=REJECT sp=QUARANTINE dis=NONE').verdict).toBe('fail');
    expect(failed('p=REJECT dis=NONE').verdict).toBe('fail');
  });

  test('a domain in letters is the one in A-labels', () => {
    const sender = senderOf('ana@münchen.example');
    expect(authenticate(sender, says('dmarc=pass header.from=xn--mnchen-3ya.example')).verdict).toBe('pass');
    expect(authenticate(sender, says('dmarc=pass header.from=münchen.example')).verdict).toBe('pass');
  });

  test('two customers of one host of names are two organisations', () => {
    const sender = senderOf('ana@ana.github.io');
    expect(authenticate(sender, says('dkim=pass header.d=eve.github.io')).verdict).toBe('none');
    expect(authenticate(sender, says('dkim=pass header.d=www.ana.github.io')).verdict).toBe('pass');
  });
});

describe('our own look at signatures says pass or none, never fail', () => {
  test.each<[string, Evidence, string, string]>([
    ['a valid one', signed(valid), 'pass', 'dkim'],
    ['a valid one beside a wrong one', signed({ ...valid, result: 'fail', says: 'x' }, valid), 'pass', 'dkim'],
    ['a wrong one', signed({ ...valid, result: 'fail', says: 'the signature is wrong' }), 'none', 'nothing'],
    ['none', signed(), 'none', 'nothing'],
    ['not looked at', gathered(null), 'none', 'nothing'],
    ['no answer of DNS', gathered({ is: 'trouble', says: 'DNS said ESERVFAIL' }), 'none', 'nothing'],
    ['switched off', { is: 'off' }, 'none', 'off'],
  ])('%s', (_, evidence, verdict, by) => expect(authenticate(ana, evidence)).toMatchObject({ verdict, by }));

  test('the reason is a sentence that names the domain', () => {
    const { says: why } = authenticate(ana, signed({ ...valid, result: 'neutral', says: 'no key' }));
    expect(why).toBe('nothing proves harbour.example: its DKIM signature does not count: no key');
  });

  test('only DNS trouble may be better later', () => {
    expect(troubleOf(gathered({ is: 'trouble', says: 'late' }))).toBe('late');
    expect(troubleOf(signed())).toBeNull();
    expect(troubleOf({ is: 'off' })).toBeNull();
  });
});

test.each<[string, Sender]>([
  ['ambiguous', { is: 'ambiguous', raw: 'a@x.example, b@x.example', candidates: [] }],
  ['nobody', { is: 'nobody' }],
])('a sender who is %s cannot be proven', (_, sender) =>
  expect(authenticate(sender, says('dmarc=pass header.from=x.example'))).toMatchObject({ verdict: 'none' }),
);
