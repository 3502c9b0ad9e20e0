import { expect, test } from 'vitest';
import { providerMessageId } from '../../src/mail/provider-id.ts';

const ID = '0100018f3b1f6d2c-6a1c2a40-5d1e-4d37-9a8e-0c9d8a7b6c5d-000000';
const US = 'email-smtp.us-east-1.amazonaws.com';

test.each([
  ['Amazon SES in its oldest region', US, `250 Ok ${ID}`, `<${ID}@email.amazonses.com>`],
  [
    'Amazon SES elsewhere',
    'email-smtp.eu-central-1.amazonaws.com',
    `250 Ok ${ID}`,
    `<${ID}@eu-central-1.amazonses.com>`,
  ],
  ['in capitals, with an enhanced status', US.toUpperCase(), `250 2.0.0 Ok ${ID}\r\n`, `<${ID}@email.amazonses.com>`],
  ['Postfix, which names its queue', 'mail.desk.example', '250 2.0.0 Ok: queued as 4XyZ', null],
  [
    'a server that answers as SES does and is none',
    'email-smtp.us-east-1.amazonaws.com.evil.example',
    `250 Ok ${ID}`,
    null,
  ],
  ['SES that says nothing', US, '250 Ok', null],
  ['SES with something else for an id', US, `250 Ok <${ID}@x>`, null],
  ['a refusal', US, `554 Ok ${ID}`, null],
])('%s: the Message-ID that readers get', (_, host, reply, expected) => {
  expect(providerMessageId(host, reply)).toBe(expected);
});
