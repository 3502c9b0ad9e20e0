import { readLocale } from '../mail/locale.ts';

const MAX_HEADER = 1_000;
const MAX_LANGUAGES = 20;

/**
 * The languages that a browser asks for, the dearest first: RFC 9110 12.5.4. What cannot be read asks for nothing.
 *
 * @param header as it came; anybody writes it
 */
export function readAcceptLanguage(header: string | undefined): readonly string[] {
  return (header ?? '')
    .slice(0, MAX_HEADER)
    .split(',', MAX_LANGUAGES)
    .map(readRange)
    .filter(({ locale, weight }) => locale !== '' && weight > 0)
    .toSorted((a, b) => b.weight - a.weight)
    .map(({ locale }) => locale);
}

/** "*" is no language: whoever takes any gets the desk's. */
function readRange(written: string): { readonly locale: string; readonly weight: number } {
  const [tag = '', ...parameters] = written.split(';').map((part) => part.trim());
  const locale = readLocale(tag);
  const quality = parameters
    .map((one) => /^q\s*=\s*([01](?:\.\d{0,3})?)$/i.exec(one)?.[1])
    .find((q) => q !== undefined);
  const isOdd = parameters.length > 0 && quality === undefined;
  return { locale: locale.ok ? locale.value : '', weight: isOdd ? 0 : Number(quality ?? '1') };
}
