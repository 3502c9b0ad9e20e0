import Handlebars from 'handlebars';

/** What a customer gets in the parts: about 3 KB of text and HTML. */
export interface Acknowledgement {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const handlebars = Handlebars.create();
const compile = (source: string) => handlebars.compile(source, { strict: true, knownHelpersOnly: true });

const STEPS = [
  'We have opened ticket {{number}} for you.',
  'A colleague reads it next.',
  'You hear from us at {{address}}.',
];
const STYLE = 'margin:0 0 12px 0;font-family:Helvetica,Arial,sans-serif;font-size:15px;line-height:22px;color:#222222';

const subject = compile('[#{{number}}] We have your message');
const text = compile(`Hello {{name}},\n\n${STEPS.join('\n')}\n\nThe support desk\n`);
const html = compile(
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Ticket {{number}}</title></head><body>` +
    `<table role="presentation" width="100%"><tr><td style="padding:24px"><p style="${STYLE}">Hello {{name}},</p>` +
    [...STEPS, ...STEPS, ...STEPS].map((step) => `<p style="${STYLE}">${step}</p>`).join('') +
    `<p style="${STYLE}">The support desk</p></td></tr></table></body></html>`,
);

/** Renders the three templates, compiled once. */
export function renderAcknowledgement(number: number): Acknowledgement {
  const view = { number, name: `Ana ${number}`, address: `ana.${number}@customer.example` };
  return { subject: subject(view), text: text(view), html: html(view) };
}
