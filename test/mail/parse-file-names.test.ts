import { expect, test } from 'vitest';
import { safeFileName } from '../../src/mail/file-name.ts';

test.each([
  ['an ordinary name', 'Résumé 2026.pdf', 'Résumé 2026.pdf'],
  ['a path', '../../etc/passwd', 'passwd'],
  ['a path of Windows', 'C:\\temp\\log.txt', 'log.txt'],
  ['a setting of a web server', '.htaccess', '_htaccess'],
  ['the same behind a character that shows nothing', '\u200b.htaccess', '_htaccess'],
  ['an extension turned round', 'invoice\u202efdp.exe', 'invoicefdp.exe'],
  ['control characters and line ends', 'a\0b\r\nc.txt', 'ab c.txt'],
  ['characters of shells and file systems', 'a<b>:"|?*.txt', 'a_b______.txt'],
  ['a device of Windows', 'CON.txt', '_CON.txt'],
  ['dots and blanks at the end', 'file.txt . .', 'file.txt'],
  ['half a character', 'a\ud83d.txt', 'a_.txt'],
  ['no name', '', 'message.eml'],
  ['dots alone', '..', 'message.eml'],
])('%s is shown so that it does no harm', (_, name, shown) => expect(safeFileName(name, 'message/rfc822')).toBe(shown));

test('a long name keeps its extension', () => {
  const name = safeFileName(`${'long '.repeat(100)}.pdf`, 'application/pdf');
  expect(name.length).toBeLessThanOrEqual(150);
  expect(name).toMatch(/^long long .*\.pdf$/);
});
