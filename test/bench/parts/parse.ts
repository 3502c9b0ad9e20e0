import { simpleParser } from 'mailparser';
import type { Part } from './part.ts';

/** The library that reads the mail, with everything off that Deskbell does not use. */
export const parse: Part = {
  id: 'parse',
  about: 'parse, mailparser, skip options',
  limitMs: [0.38, 0.43],
  prepare: async ({ messages }) =>
    async function run() {
      for (const { bytes } of messages) {
        await simpleParser(bytes, {
          keepDeliveryStatus: true,
          skipImageLinks: true,
          skipTextToHtml: true,
          skipHtmlToText: true,
        });
      }
    },
};
