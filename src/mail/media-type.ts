/** RFC 2045 5.1: a token, as it is written by those who write it. */
const TYPE = /^[^\s/;,"<>=]+\/[^\s/;,"<>=]+$/;
const MAX_TYPE_LENGTH = 255;

/** type/subtype of a Content-Type value in lower case; '' when it is none. */
export function mediaTypeOf(value: string): string {
  const type = firstToken(value);
  return TYPE.test(type) ? type.toLowerCase() : '';
}

/** A parameter of a Content-Type or Content-Disposition value; null when it is not there. Its encoding stays. */
export function parameterOf(value: string, name: 'boundary' | 'charset' | 'name' | 'filename'): string | null {
  const match = PARAMETERS[name].exec(value);
  return match === null ? null : (match[1] ?? match[2] ?? null);
}

const PARAMETERS = {
  boundary: /[;\s]boundary\s{0,9}=\s{0,9}(?:"([^"]*)"|([^\s;"]+))/i,
  charset: /[;\s]charset\s{0,9}=\s{0,9}(?:"([^"]*)"|([^\s;"]+))/i,
  name: /[;\s]name(?:\*0?\*?)?\s{0,9}=\s{0,9}(?:"([^"]*)"|([^\s;"]+))/i,
  filename: /[;\s]filename(?:\*0?\*?)?\s{0,9}=\s{0,9}(?:"([^"]*)"|([^\s;"]+))/i,
};

/** A Content-Type value with one parameter set anew. */
export function withParameter(value: string, name: 'boundary' | 'charset', parameter: string): string {
  const others = value.replace(PARAMETERS[name], ';');
  return `${mediaTypeOf(value) === '' ? `text/plain; ${others}` : others}; ${name}="${parameter.replace(/["\\\r\n]/g, '')}"`;
}

/**
 * A Content-Type value as RFC 2045 5.2 has it read when it is malformed: the type in quotes, without a subtype, or
 * without the semicolon before the first parameter.
 *
 * @param isFile whether the part has a file name or is called an attachment
 * @returns null if there is nothing to mend
 */
export function mendContentType(value: string, isFile: boolean): string | null {
  const type = firstToken(value);
  const rest = value.trimStart().slice(type.length).trimStart();
  if (TYPE.test(type)) return rest === '' || rest.startsWith(';') || rest.startsWith('(') ? null : `${type}; ${rest}`;
  const parameters = /^[\w-]+=/.test(type) ? value : rest;
  const mended =
    MENDED.find(([pattern]) => pattern.test(type))?.[1] ?? (isFile ? 'application/octet-stream' : 'text/plain');
  return `${mended}; ${parameters.replace(/^[;,\s]+/, '')}`;
}

const MENDED: readonly (readonly [pattern: RegExp, type: string])[] = [
  [/^"?text\/html"?$/i, 'text/html'],
  [/^"?text\/plain"?$/i, 'text/plain'],
  [/^html$/i, 'text/html'],
  [/^multipart(?:\/.*)?$/i, 'multipart/mixed'],
  [/^message(?:\/.*)?$/i, 'message/rfc822'],
];

function firstToken(value: string): string {
  return /^[^\s;,]*/.exec(value.trimStart().slice(0, MAX_TYPE_LENGTH))?.[0] ?? '';
}
