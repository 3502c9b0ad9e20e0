import MailComposer from 'nodemailer/lib/mail-composer';
import { renderAcknowledgement } from './acknowledgement.ts';
import type { Acknowledgement } from './acknowledgement.ts';
import type { Part } from './part.ts';

/** MIME of a rendered acknowledgement by nodemailer. */
export const compose: Part = {
  id: 'compose',
  about: 'compose MIME, nodemailer',
  limitMs: [0.12, 0.14],
  async prepare({ messages }) {
    const rendered = messages.map((_, index) => renderAcknowledgement(index));
    return async () => {
      for (const [index, acknowledgement] of rendered.entries()) await composeMail(acknowledgement, index);
    };
  },
};

/** The bytes of one acknowledgement, with the header fields that an automatic answer has. */
export function composeMail(acknowledgement: Acknowledgement, index: number): Promise<Buffer> {
  const composer = new MailComposer({
    ...acknowledgement,
    from: { name: 'Support', address: 'support@desk.test' },
    to: { name: `Ana ${index}`, address: `ana.${index}@customer.example` },
    messageId: `<part.${index}@desk.test>`,
    inReplyTo: `<question.${index}@customer.example>`,
    references: [`<question.${index}@customer.example>`],
    headers: { 'Auto-Submitted': 'auto-replied', 'X-Auto-Response-Suppress': 'All' },
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}
