import { describe, expect, test } from 'vitest';
import { parseMessage } from '../../src/mail/parse.ts';
import { decodeTnef, isTnef } from '../../src/mail/tnef.ts';

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const padded = (value: Buffer): Buffer =>
  Buffer.concat([uint32(value.length), value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
/** [MS-OXTNEF] 2.1.3.3: level, id, length, data, checksum. */
const attribute = (id: number, value: Buffer): Buffer =>
  Buffer.concat([
    Buffer.of((id & 0xffff) >= 0x9000 || id === 0x00018010 || id === 0x0006800f ? 2 : 1),
    uint32(id),
    uint32(value.length),
    value,
    Buffer.alloc(2),
  ]);
const container = (...attributes: readonly Buffer[]): Buffer =>
  Buffer.concat([uint32(0x223e9f78), Buffer.alloc(2), ...attributes]);
type Property = readonly [id: number, type: number, value: Buffer];
const properties = (...list: readonly Property[]): Buffer =>
  Buffer.concat([
    uint32(list.length),
    ...list.map(([id, type, value]) =>
      Buffer.concat([
        uint32(id * 65_536 + type),
        ...(type < 0x1e && type !== 0x0d ? [value] : [uint32(1), padded(value)]),
      ]),
    ),
  ]);
const wide = (text: string): Buffer => Buffer.from(`${text}\0`, 'utf16le');

const BODY = 0x0002800c;
const MESSAGE = 0x00069003;
const CODE_PAGE = 0x00069007;
const FILE = attribute(0x00069002, Buffer.alloc(14));
const TITLE = 0x00018010;
const DATA = 0x0006800f;
const FILE_PROPERTIES = 0x00069005;

const namesOf = (bytes: Buffer) =>
  decodeTnef(bytes).files.map(({ name, type, content }) => [name, type, content.toString()]);

describe('an Outlook container', () => {
  test('gives its files, by their long names and types', () => {
    const bytes = container(
      FILE,
      attribute(TITLE, Buffer.from('LOGMAY~1.CSV\0')),
      attribute(DATA, Buffer.from('a;b')),
      attribute(
        FILE_PROPERTIES,
        properties(
          [0x0003, 0x0003, uint32(1)],
          [0x3707, 0x001f, wide('Krän log.csv')],
          [0x370e, 0x001f, wide('text/CSV')],
        ),
      ),
      FILE,
      attribute(TITLE, Buffer.from('dot.gif\0')),
      attribute(DATA, Buffer.from('GIF89a')),
    );
    expect(namesOf(bytes)).toEqual([
      ['Krän log.csv', 'text/csv', 'a;b'],
      ['dot.gif', '', 'GIF89a'],
    ]);
  });

  test('gives its text in its code page, or as Unicode', () => {
    const page = attribute(CODE_PAGE, Buffer.concat([uint32(1251), uint32(0)]));
    expect(decodeTnef(container(page, attribute(BODY, Buffer.from('cff0e8e2e5f200', 'hex')))).text).toBe('Привет');
    expect(decodeTnef(container(attribute(MESSAGE, properties([0x1000, 0x001f, wide('Größe')])))).text).toBe('Größe');
  });

  test('gives the text of a body that is rich text', () => {
    const rtf = Buffer.from("{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0 Arial;}}Gr\\'f6\\'dfe\\par \\u8364?5 \\{ok\\}}");
    const stored = Buffer.concat([uint32(rtf.length + 12), uint32(rtf.length), Buffer.from('MELA'), uint32(0), rtf]);
    expect(decodeTnef(container(attribute(MESSAGE, properties([0x1009, 0x0102, stored])))).text).toBe('Größe\n€5 {ok}');
  });

  test('decompresses rich text as the specification shows it', () => {
    // [MS-OXRTFCP] 4.1.1, a message of "hello world".
    const packed = Buffer.from(
      '2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0',
      'hex',
    );
    expect(decodeTnef(container(attribute(MESSAGE, properties([0x1009, 0x0102, packed])))).text).toBe('hello world');
  });

  test('gives a message within as a file a person can open, with its own files', () => {
    const inner = container(
      attribute(BODY, Buffer.from('Inner text\0')),
      FILE,
      attribute(TITLE, Buffer.from('in.txt\0')),
      attribute(DATA, Buffer.from('in')),
    );
    const object = Buffer.concat([Buffer.alloc(16), inner]);
    const bytes = container(
      FILE,
      attribute(FILE_PROPERTIES, properties([0x3001, 0x001f, wide('Fwd')], [0x3701, 0x000d, object])),
    );
    expect(namesOf(bytes)).toEqual([
      ['Fwd.txt', 'text/plain', 'Inner text'],
      ['in.txt', '', 'in'],
    ]);
  });

  test('that is damaged gives what was read until then, and says so', () => {
    const whole = container(
      FILE,
      attribute(TITLE, Buffer.from('a.txt\0')),
      attribute(DATA, Buffer.from('abc')),
      FILE,
      attribute(DATA, Buffer.alloc(100)),
    );
    const { files, problem } = decodeTnef(whole.subarray(0, -50));
    expect(files.map(({ name }) => name)).toEqual(['a.txt']);
    expect(problem).toBe('an Outlook container that is cut off or damaged: read as far as it goes');
    for (let cut = 0; cut < whole.length; cut += 1) expect(() => decodeTnef(whole.subarray(0, cut))).not.toThrow();
  });

  test('is known by its name or type, and by how it begins', () => {
    expect(isTnef('application/ms-tnef', undefined, container())).toBe(false);
    expect(isTnef('application/ms-tnef', undefined, container(FILE))).toBe(true);
    expect(isTnef('application/octet-stream', 'winmail.dat', container(FILE))).toBe(true);
    expect(isTnef('application/ms-tnef', 'winmail.dat', Buffer.from('something else'))).toBe(false);
  });
});

test('a mail keeps the container beside its files, and takes its text where it has none', async () => {
  const bytes = container(
    attribute(BODY, Buffer.from('The crane stands\0')),
    FILE,
    attribute(TITLE, Buffer.from('log.csv\0')),
    attribute(DATA, Buffer.from('a;b')),
  );
  const parsed = await parseMessage(
    Buffer.from(
      `Subject: rich\r\nMIME-Version: 1.0\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n${bytes.toString('base64')}\r\n`,
    ),
  );
  expect(parsed.text).toBe('The crane stands');
  expect(parsed.attachments.map(({ fileName, content }) => [fileName, content.byteLength])).toEqual([
    ['winmail.dat', bytes.length],
    ['log.csv', 3],
  ]);
});
