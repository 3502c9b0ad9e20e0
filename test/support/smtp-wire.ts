import { TLSSocket } from 'node:tls';
import type { Socket } from 'node:net';
import type { ScriptedSmtpOptions } from './scripted-smtp.ts';

/** The EHLO reply that offers what the options say. */
export function capabilities(options: ScriptedSmtpOptions, stream: Socket): string {
  const offered = [
    'scripted.test',
    ...(options.pipelining === false ? [] : ['PIPELINING']),
    ...(options.maxSizeBytes === undefined ? [] : [`SIZE ${options.maxSizeBytes}`]),
    ...(options.tls === undefined || stream instanceof TLSSocket ? [] : ['STARTTLS']),
    ...(options.login === undefined ? [] : ['AUTH PLAIN LOGIN']),
    '8BITMIME',
    'ENHANCEDSTATUSCODES',
  ];
  return offered.map((word) => `250 ${word}`).join('\n');
}

/** A reply as sent: lines with CRLF, and the hyphen on all but the last. */
export function wire(text: string): string {
  const lines = text.split('\n');
  return lines
    .map((line, i) => (i === lines.length - 1 ? line : `${line.slice(0, 3)}-${line.slice(4)}`) + '\r\n')
    .join('');
}
