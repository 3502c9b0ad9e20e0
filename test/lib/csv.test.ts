import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CsvSource } from '../../src/lib/csv-format.ts';
import { inspectCsv } from '../../src/lib/csv-format.ts';
import type { CsvItem } from '../../src/lib/csv-read.ts';
import { readCsv } from '../../src/lib/csv-read.ts';
import { csvText, guarded, unguarded } from '../../src/lib/csv-write.ts';

/** A file that comes in pieces of so many bytes. */
const file = (bytes: Uint8Array, pieceBytes = 3): CsvSource => ({
  name: 'people.csv',
  sizeBytes: bytes.byteLength,
  async *open() {
    for (let at = 0; at < bytes.byteLength; at += pieceBytes) {
      yield await Promise.resolve(bytes.slice(at, at + pieceBytes));
    }
  },
});

const utf8 = (text: string): Buffer => Buffer.from(text, 'utf8');
const utf16le = (text: string): Buffer => Buffer.from(`\ufeff${text}`, 'utf16le');
const isKnown = (header: string): boolean => ['name', 'city'].includes(header);

async function read(bytes: Uint8Array, pieceBytes?: number): Promise<readonly CsvItem[] | string> {
  const source = file(bytes, pieceBytes);
  const format = await inspectCsv(source, isKnown);
  if (!format.ok) return format.error.says;
  const items: CsvItem[] = [];
  for await (const item of readCsv(source, format.value)) items.push(item);
  return items;
}

const row = (line: number, ...cells: readonly string[]) => ({ is: 'row', row: { line, cells } });

describe('P-10: a file is understood as it is written', () => {
  test.each([
    ['UTF-8', utf8('name,city\nAna,Genève\n')],
    ['UTF-8 with a byte order mark', utf8('\ufeffname,city\nAna,Genève\n')],
    ['Windows-1252, as Excel saves it', Buffer.from('name;city\r\nAna;Genève\r\n', 'latin1')],
    ['UTF-16, as Excel saves "Unicode text"', utf16le('name\tcity\r\nAna\tGenève\r\n')],
    ['UTF-16 the other way round', utf16le('name\tcity\nAna\tGenève\n').swap16()],
    ['old line ends', utf8('name,city\rAna,Genève\r')],
    ['no line end at the end', utf8('name,city\nAna,Genève')],
    ['more columns than anybody knows', utf8('"name","city"\n"Ana","Genève"\n')],
  ])('%s', async (_, bytes) => {
    for (const pieceBytes of [1, 2, 3, 1000]) {
      expect(await read(bytes, pieceBytes)).toEqual([row(1, 'name', 'city'), row(2, 'Ana', 'Genève')]);
    }
  });

  test('Windows-1252 keeps its quotation marks and its euro', async () => {
    const bytes = Buffer.from('name,city\n\x93Ana\x94,\x80 5\n', 'latin1');
    expect(await read(bytes)).toEqual([row(1, 'name', 'city'), row(2, '“Ana”', '€ 5')]);
  });

  test('the delimiter is the one that makes the columns, whatever else is in the line', async () => {
    const format = await inspectCsv(file(utf8('name;"a, b, c";city\n')), isKnown);
    expect(format).toEqual({ ok: true, value: { encoding: 'utf-8', delimiter: ';' } });
  });

  test('lines are counted as an editor does, also behind cells of many lines and blank ones', async () => {
    expect(await read(utf8('name,city\r\n\r\n"Ana\r\nPeralta",x\r\n,\r\nBo,"y"\r\n'))).toEqual([
      row(1, 'name', 'city'),
      row(3, 'Ana\nPeralta', 'x'),
      row(6, 'Bo', 'y'),
    ]);
  });

  test.each([
    ['damaged UTF-8', Buffer.from([...utf8('name\nZoë\nÅsa\nBo'), 0xff, 0x0a]), 'byte 18 of it, in line 4'],
    ['half a character at the end', utf8('name\nÅsa\nZoë').subarray(0, -1), 'byte 13 of it, in line 3'],
    ['a spreadsheet', Buffer.from('PK\x03\x04rest', 'latin1'), 'a spreadsheet or an archive, not CSV'],
    ['bytes of anything', Buffer.from('name\nAn\0a'), 'a zero byte in line 2'],
    ['nothing', Buffer.alloc(0), 'The file is empty.'],
  ])('%s is refused, and where it is', async (_, bytes, says) => {
    expect(await read(bytes)).toContain(says);
  });

  test.each([
    [
      'a mark that is never closed',
      'name\nAna\n"Bo\nCy\n',
      3,
      'a quotation mark in the record that begins here is never',
    ],
    ['words behind a closing mark', 'name\nAna\n"Bo"b\nCy\n', 3, 'more is written behind a closing quotation mark'],
    ['a mark inside a bare cell', 'name\nAna\nBo "b"\nCy\n', 3, 'a quotation mark is inside a cell'],
    ['a record without end', `name\nAna\n"${'x'.repeat(1_100_000)}\n`, 3, 'longer than 1048576 bytes'],
  ])('%s is named with its line', async (_, text, line, says) => {
    const items = await read(utf8(text), 64_000);
    expect(items.at(-1)).toMatchObject({ is: 'broken', line, says: expect.stringContaining(says) as unknown });
  });
});

test('random bytes are read or refused, and nothing else', async () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc
      .string({ unit: fc.constantFrom('"', ',', ';', '\t', '\r', '\n', 'é', '=', 'a', '\ufeff'), maxLength: 80 })
      .map(utf8),
  );
  await fc.assert(
    fc.asyncProperty(bytes, fc.integer({ min: 1, max: 9 }), async (given, pieceBytes) => {
      const items = await read(given, pieceBytes);
      if (typeof items === 'string') return;
      const lines = items.map((item) => (item.is === 'row' ? item.row.line : item.line));
      expect(lines).toEqual(lines.toSorted((a, b) => a - b));
      expect(items.slice(0, -1).every(({ is }) => is === 'row')).toBe(true);
    }),
    { numRuns: 400 },
  );
});

describe('P-10: no cell is calculated', () => {
  test.each([
    ['=1+1', "'=1+1"],
    ['+49 170 1', "'+49 170 1"],
    ['-2', "'-2"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['\tx', "'\tx"],
    ['  =1', "'  =1"],
    ['"=1', `'"=1`],
    ['＝1', "'＝1"],
    ['＠x', "'＠x"],
    ["'=1", "''=1"],
    ["'tis", "'tis"],
    ['Ana = 1', 'Ana = 1'],
    ['', ''],
  ])('%j is written as %j', (cell, written) => {
    expect(guarded(cell)).toBe(written);
    expect(unguarded(written)).toBe(cell);
  });

  test('whatever was guarded is exactly what it was', () => {
    const cell = fc.string({
      unit: fc.constantFrom("'", '"', '=', '+', '-', '@', '\t', ' ', 'a', '＝', '“', '\n'),
      maxLength: 8,
    });
    fc.assert(
      fc.property(fc.oneof(cell, fc.string({ unit: 'grapheme' })), (text) => {
        expect(unguarded(guarded(text))).toBe(text);
        expect(guarded(text)).not.toMatch(/^[=+\-@\t\r＝＋－＠]/);
      }),
      { numRuns: 2000 },
    );
  });

  test('what is written is read again', async () => {
    const cell = fc.string({
      unit: fc.constantFrom('"', ',', ';', '\t', '\n', 'é', '=', 'a', "'", ' '),
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell), { maxLength: 8 }), async (rows) => {
        const items = await read(utf8(csvText([['name', 'city'], ...rows])), 7);
        const cells =
          typeof items === 'string' ? [] : items.flatMap((item) => (item.is === 'row' ? [item.row.cells] : []));
        const kept = rows.filter((one) => one.some((text) => guarded(text).trim() !== ''));
        expect(cells.slice(1).map((one) => one.map(unguarded))).toEqual(kept.map((one) => [...one]));
      }),
      { numRuns: 200 },
    );
  });
});
