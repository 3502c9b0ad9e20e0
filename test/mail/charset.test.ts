import { describe, expect, test } from 'vitest';
import { decodeDeclared, decodeUndeclared } from '../../src/mail/charset.ts';
import { repairEncodedWords, utf8Words } from '../../src/mail/encoded-words.ts';

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');

describe('bytes of which nobody said the charset are read as what they look like', () => {
  test.each([
    ['UTF-8', Buffer.from('Größe – 価格'), 'Größe – 価格'],
    ['a Western subject', bytes('4772f6df6520646572204b72e46e65'), 'Größe der Kräne'],
    ['one Western letter', bytes('c9'), 'É'],
    ['Western capitals in a row', bytes('dc4245524752d6535345'), 'ÜBERGRÖSSE'],
    ['Windows quotes', bytes('935194'), '“Q”'],
    ['a Chinese greeting of two characters', bytes('c4e3bac3'), '你好'],
    ['a Chinese subject', bytes('b9d8d3dab7a2c6b1b5c4cecacce2'), '关于发票的问题'],
    ['a Taiwanese subject', bytes('b77cc4b3b04fbffd'), '會議記錄'],
    ['kana in Shift JIS', bytes('836583588367'), 'テスト'],
    ['kanji in Shift JIS', bytes('90bf8b818f91'), '請求書'],
    ['Japanese in EUC', bytes('a4aacce4a4a4b9e7a4efa4bb'), 'お問い合わせ'],
    ['Korean', bytes('bec8b3e7c7cfbcbcbfe420b9aec0c7b5e5b8b3b4cfb4d9'), '안녕하세요 문의드립니다'],
    ['Russian in KOI8-R', bytes('f7cfd0d2cfd320d0cf20dac1cbc1dad5'), 'Вопрос по заказу'],
    ['Russian capitals in windows-1251', bytes('cfd0c8c2c5d220ccc8d0'), 'ПРИВЕТ МИР'],
    ['Greek', bytes('cae1ebe7ecddf1e120f3e1f22c20ddf7f920f0f1fce2ebe7ece1'), 'Καλημέρα σας, έχω πρόβλημα'],
    ['Japanese in seven bits', Buffer.from('\x1b$B%F%9%H\x1b(B ok', 'latin1'), 'テスト ok'],
    ['UTF-8 and Latin-1 mixed', Buffer.concat([Buffer.from('Kräne, Brücke '), bytes('f3')]), 'Kräne, Brücke ó'],
  ])('%s', (_, given, text) => expect(decodeUndeclared(given)).toBe(text));

  test('a charset named nearby decides where the bytes could be several', () => {
    expect(decodeUndeclared(bytes('b1a8bcdb'), ['gb2312'])).toBe('报价');
    expect(decodeUndeclared(bytes('b1a8bcdb'), ['euc-kr'])).not.toBe('报价');
  });
  test('a Western charset named nearby proves nothing', () =>
    expect(decodeUndeclared(bytes('b9d8d3dab7a2c6b1'), ['iso-8859-1'])).toBe('关于发票'));
});

describe('a declared charset holds unless the bytes prove it wrong', () => {
  test.each([
    ['as declared', bytes('e4'), 'iso-8859-2', 'ä'],
    ['by another name', bytes('c4e3bac3'), 'cp936', '你好'],
    ['a wrong UTF-8', bytes('496e666f726d616369f36e'), 'utf-8', 'Información'],
    ['a wrong ASCII', bytes('c4e3bac3'), 'us-ascii', '你好'],
    ['an unknown one', bytes('e4'), 'x-unknown', 'ä'],
    [
      'UTF-8 with one byte lost',
      Buffer.from('Größe, Kräne, Brücke und Straße: ä').subarray(0, -1),
      'utf-8',
      'Größe, Kräne, Brücke und Straße: Ã',
    ],
    ['Japanese escapes in what says Latin-1', Buffer.from('\x1b$B%F%9%H\x1b(B', 'latin1'), 'iso-8859-1', 'テスト'],
  ])('%s', (_, given, declared, text) => expect(decodeDeclared(given, declared)).toBe(text));
});

describe('encoded-words that a library would misread are written anew', () => {
  const repaired = (value: string): string | null => repairEncodedWords(value, []);
  test.each([
    ['well-formed', '=?utf-8?B?S3LDpG4=?= =?iso-8859-1?Q?Gr=F6=DFe?='],
    ['split within a character, in one encoding', '=?utf-8?Q?K=C3?= =?utf-8?Q?=A4n?='],
    ['of a charset only the library knows', '=?cp850?Q?=84?='],
    ['not an encoded-word', '=?utf-8?X?a?= =? =?='],
  ])('%s: left as it is', (_, value) => expect(repaired(value)).toBeNull());

  test.each([
    ['raw bytes within', '=?iso-8859-1?Q?Gr\xf6\xdfe?=', 'Größe'],
    ['an unknown charset', '=?x-unknown?Q?Zo=EB?=', 'Zoë'],
    ['UTF-8 that is none', '=?utf-8?Q?caf=E9?=', 'café'],
    ['a question mark within', '=?utf-8?Q?Why??=', 'Why?'],
    ['split within a character, across encodings', '=?utf-8?Q?K=C3?= =?utf-8?B?pG4=?=', 'Kän'],
    ['no text at all', '=?utf-8?B?ngAB/w==?=', '=?utf-8?B?ngAB/w==?='],
  ])('%s', (_, value, text) => expect(repaired(`Re: ${value} end`)).toBe(`Re: ${utf8Words(text)} end`));

  test('no word of ours is longer than RFC 2047 allows, nor ends within a character', () => {
    for (const word of utf8Words('ä€😀'.repeat(50)).split(' ')) {
      expect(word.length).toBeLessThanOrEqual(75);
      expect(Buffer.from(word.slice(10, -2), 'base64').toString()).not.toContain('\ufffd');
    }
  });
});
