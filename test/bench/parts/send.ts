import { once } from 'node:events';
import { connect } from 'node:net';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { renderAcknowledgement } from './acknowledgement.ts';
import { composeMail } from './compose.ts';
import type { Part } from './part.ts';

/** Finished bytes over one SMTP connection whose socket does not wait (TCP_NODELAY). */
export const send: Part = {
  id: 'send',
  about: 'SMTP send, one connection, NODELAY, raw',
  limitMs: [0.13, 0.13],
  async prepare({ messages, sinkPort }) {
    const mails = await Promise.all(messages.map((_, index) => composeMail(renderAcknowledgement(index), index)));
    return async () => {
      const socket = connect(sinkPort, '127.0.0.1');
      await once(socket, 'connect');
      socket.setNoDelay(true);
      const smtp = new SMTPConnection({ connection: socket, ignoreTLS: true, name: 'parts.desk.test' });
      await new Promise<void>((resolve, reject) => {
        smtp.once('error', reject);
        smtp.connect(() => resolve());
      });
      for (const [index, mail] of mails.entries()) {
        const envelope = { from: 'support@desk.test', to: [`ana.${index}@customer.example`] };
        await new Promise<void>((resolve, reject) => {
          smtp.send(envelope, mail, (error) => (error ? reject(error) : resolve()));
        });
      }
      smtp.quit();
    };
  },
};
