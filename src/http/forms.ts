import type { FastifyInstance } from 'fastify';

/** Two passwords of 1,000 characters, each of four bytes, each of those written as %F0. */
export const MAX_FORM_BYTES = 32_768;

const LIMITS = { parseAs: 'string', bodyLimit: MAX_FORM_BYTES } as const;

/** Lets pages take forms as browsers send them. */
export function addFormParser(server: FastifyInstance): void {
  server.addContentTypeParser<string>('application/x-www-form-urlencoded', LIMITS, (_, body, done) =>
    done(null, new URLSearchParams(body)),
  );
}

/** Lets them be sent as mail programs may (RFC 8058 3.2). */
export function addMultipartParser(server: FastifyInstance): void {
  server.addContentTypeParser<string>('multipart/form-data', LIMITS, (_, body, done) => done(null, fieldsOf(body)));
}

const MAX_FIELDS = 20;

/** The fields of a multipart form that are short text, which is all that such a form has here. */
function fieldsOf(body: string): URLSearchParams {
  const fields = new URLSearchParams();
  for (const part of body.split(/^--/m).slice(0, MAX_FIELDS)) {
    const [head = '', ...rest] = part.split(/\r?\n\r?\n/);
    const name = /^content-disposition:\s*form-data;[^\n]*\bname="?([\w-]{1,64})"?/im.exec(head)?.[1];
    if (name !== undefined && rest.length > 0) fields.append(name, rest.join('\n\n').trim());
  }
  return fields;
}
