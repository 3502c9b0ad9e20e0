import { describe, expect, test } from 'vitest';
import {
  baseSubject,
  isForwardSubject,
  isReplySubject,
  oncePrefixed,
  ticketTag,
  ticketTags,
} from '../../src/mail/subject.ts';

describe('the base subject', () => {
  test.each([
    ['Lamp', 'lamp'],
    ['Re: Lamp', 'lamp'],
    ['RE :  Lamp', 'lamp'],
    ['Re[2]: Fwd: AW: Lamp', 'lamp'],
    ['Re(3): Lamp', 'lamp'],
    ['RE^2: Lamp', 'lamp'],
    ['Re2: Lamp', 'lamp'],
    ['SV: VS: Antw: R: RIF: Lamp', 'lamp'],
    ['Rép. : Lampe', 'lampe'],
    ['Ref: order 12', 'ref: order 12'],
    ['回复：转发: 灯', '灯'],
    ['İlt: YNT: Lamba', 'lamba'],
    ['[Fwd: Re: Lamp]', 'lamp'],
    ['Lamp (fwd)', 'lamp'],
    ['Lamp\t is \u200bout', 'lamp is out'],
    ['Re: [#12] Lamp', '[#12] lamp'],
    ['[#12] Re: Lamp', '[#12] lamp'],
    ['[list] Lamp', '[list] lamp'],
    ['Re:', ''],
    ['', ''],
    ['Remarks: Lamp', 'remarks: lamp'],
    ['Re-order: Lamp', 're-order: lamp'],
    ['Order 12: Lamp', 'order 12: lamp'],
    ['Re Lamp', 're lamp'],
  ])('of "%s" is "%s"', (subject, base) => expect(baseSubject(subject)).toBe(base));
});

test.each([
  ...['Re: x', 'AW: x', 'SV: x', 'VS: x', 'Antw: x', 'RE[2]: x', 'R: x', 'RIF: x', 'Odp: x', 'YNT: x', 'RES: x'],
  ...['回复: x', '答复：x', 'Отв: x', 'На: x', 'ΑΠ: x', 'Vá: x', '返信: x', '회신: x', 'Re: Fwd: x', '[#12] Re: x'],
])('"%s" is the subject of an answer', (subject) => expect(isReplySubject(subject)).toBe(true));

test.each([
  ...['Fwd: x', 'FW: x', 'WG: x', 'VB: x', 'VS: x', 'Doorst: x', 'ENC: x', 'RV: x', 'Tr: x', 'TR : x', 'I: x', 'PD: x'],
  ...['转发: x', '轉寄: x', '転送: x', '전달: x', 'ΠΡΘ: x', 'İLT: x', 'VL: x', 'Fwd: Re: x', '[Fwd: x]', 'x (fwd)'],
])('"%s" is the subject of a forward', (subject) => expect(isForwardSubject(subject)).toBe(true));

test.each(['x', 'Forwarding x', 'Re: Fwd: x', 'AW: WG: x', '[Fwd] x'])('"%s" is no forward', (subject) =>
  expect(isForwardSubject(subject)).toBe(false),
);

test.each(['x', 'Fwd: Re: x', 'Regarding: x', 'Return: x', '[Re] x'])('"%s" is no answer', (subject) =>
  expect(isReplySubject(subject)).toBe(false),
);

describe('our mark in a subject', () => {
  test.each([
    [`Re: Lamp ${ticketTag(1042)}`, [1042]],
    ['[#7] [#8] Re: [#7]', [7, 8]],
    ['[#1][#2][#3][#4][#5][#6]', [1, 2, 3, 4, 5]],
    ['[#999999999999]', [999_999_999_999]],
    ['[#9999999999999]', []],
    ['[#012] [# 12] [12] #12 [#12a] [#-1] (#12) [#]', []],
    ['[[#12]]', [12]],
  ])('"%s" names %j', (subject, numbers) => expect(ticketTags(subject)).toEqual(numbers));
});

test.each([
  ['Re: Re: Lamp', 'Re: Lamp'],
  ['RE: re:Re: [#1001] Lamp', 'Re: [#1001] Lamp'],
  ['AW: Aw: Lampe', 'Aw: Lampe'],
  ['Re: AW: Lamp', 'Re: AW: Lamp'],
  ['Re: Lamp', 'Re: Lamp'],
  ['Lamp: Lamp: out', 'Lamp: Lamp: out'],
  ['Re: Re:', 'Re:'],
  ['', ''],
])('%j is shown as %j: one "Re:" says it', (subject, shown) => expect(oncePrefixed(subject)).toBe(shown));

test('a million characters of the worst subject take no time to speak of', () => {
  const long = ['Re: ', '[#', '[Fwd: ', 're[', '[x] '].map((text) => text.repeat(250_000));
  expect(long.map((text) => [baseSubject(text).length < 1_000, ticketTags(text).length])).toEqual(
    long.map(() => [true, 0]),
  );
});
