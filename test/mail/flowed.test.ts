import { expect, test } from 'vitest';
import { parseMessage } from '../../src/mail/parse.ts';
import { mailOf } from './fixture.ts';

const textOf = async (body: string, parameters = ''): Promise<string> => {
  const type = `Content-Type: text/plain; charset=utf-8; format=flowed${parameters}`;
  const bytes = mailOf(['From: Ana <ana@corp.example>', 'Subject: Printer', type], body.replaceAll('\n', '\r\n'));
  return (await parseMessage(bytes)).text;
};

/** RFC 3676. */
test.each([
  ['a space at the end joins the lines', 'It prints \nagain.\nAna', '', 'It prints again.\nAna'],
  ['with DelSp the space goes', '打印 \n机\n', '; delsp=yes', '打印机'],
  ['the signature keeps its line', 'Thanks\n-- \nAna', '', 'Thanks\n-- \nAna'],
  [
    'a quote that goes on joins its lines, and the answer below keeps its own',
    '> Is it on \n> now?\nYes it is.',
    '',
    '> Is it on now?\nYes it is.',
  ],
  ['also when the quote ends in a space', '> Is it on \nYes it is.', '', '> Is it on \nYes it is.'],
  ['a stuffed space goes', ' From now on\n >no quote', '', 'From now on\n>no quote'],
])('flowed text is read as it was written: %s', async (_, body, parameters, text) => {
  expect(await textOf(body, parameters)).toBe(text);
});
