/**
 * How the subjects of warnings of a delay begin, per language: the message is still being tried. In lower case, composed;
 * a whole word must match.
 */
export const DELAY_SUBJECTS: Readonly<Record<string, readonly string[]>> = {
  en: [
    'warning: message',
    'warning: could not send',
    'warning: mail',
    'warning. mail delayed',
    'delayed:',
    'delayed mail',
    'message delayed',
    'mail delayed',
    'delivery delayed',
    'delivery delay',
    'delivery status notification (delay)',
    'delivery status notification: delayed',
    'delivery is delayed',
    'delivery notification: delivery has been delayed',
    'mail delivery delayed',
    'mail delivery warning',
    'notification: message delayed',
    'transient failure',
    'still retrying',
    'delivery temporarily suspended',
    'your message is delayed',
    'message delivery delayed',
  ],
  de: [
    'verzögert',
    'zustellung verzögert',
    'verzögerte zustellung',
    'benachrichtigung zum übermittlungsstatus (verzögerung)',
  ],
  fr: ['retardé', 'remise retardée'],
  es: ['retrasado', 'entrega retrasada'],
  ja: ['配信遅延'],
};
