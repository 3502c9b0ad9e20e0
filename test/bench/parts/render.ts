import { renderAcknowledgement } from './acknowledgement.ts';
import type { Part } from './part.ts';

/** Handlebars with templates compiled beforehand: subject, text and HTML. */
export const render: Part = {
  id: 'render',
  about: 'handlebars render, 3 KB, compiled',
  limitMs: [0.005, 0.005],
  prepare: async ({ messages }) =>
    async function run() {
      messages.forEach((_, index) => renderAcknowledgement(index));
    },
};
