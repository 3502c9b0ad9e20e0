/**
 * A name as it is compared with another: without case, accents, punctuation and the order of its words, so that
 * "LIMA, Ana" is "Ana Lïma". The SQL of proposal-store.ts folds the same way.
 *
 * @returns '' where it says too little to tell one person from another: a single word, or a few letters
 */
export function foldName(name: string): string {
  const words = name
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .replaceAll('ß', 'ss')
    .split(NAME_BREAKS)
    .filter((word) => word !== '');
  const folded = words.toSorted().join(' ');
  return words.length < 2 || folded.length < MIN_NAME_LENGTH ? '' : folded;
}

/** The shortest name of two words that says something, with the space between them. */
export const MIN_NAME_LENGTH = 6;

const NAME_BREAKS = /[\s.,;:_()"'/-]+/;

/** The end of a number that is the same with and without the country's code; '' where there are too few digits. */
export function foldPhone(phone: string): string {
  const digits = phone.replace(/\D/g, '');
  return digits.length < MIN_PHONE_DIGITS ? '' : digits.slice(-COMPARED_DIGITS);
}

export const MIN_PHONE_DIGITS = 7;
export const COMPARED_DIGITS = 9;

/** Local parts that are a task's and not a person's: they say nothing of who reads there. */
export const ROLE_LOCAL_PARTS: ReadonlySet<string> = new Set([
  ...['abuse', 'accounting', 'accounts', 'admin', 'administrator', 'billing', 'buchhaltung', 'careers', 'compras'],
  ...['contact', 'contacto', 'einkauf', 'facturacion', 'finance', 'hello', 'help', 'helpdesk', 'hostmaster', 'hr'],
  ...['info', 'invoice', 'invoices', 'it', 'jobs', 'kontakt', 'mail', 'marketing', 'no-reply', 'noreply', 'office'],
  ...['orders', 'post', 'postmaster', 'press', 'purchasing', 'reception', 'rechnung', 'root', 'sales', 'security'],
  ...['service', 'shop', 'staff', 'support', 'team', 'vertrieb', 'webmaster', 'welcome'],
]);

/** What stands before the "@", without "+tag"; '' where it is no person's. */
export function personalLocalPart(address: string): string {
  const local = address.slice(0, address.indexOf('@')).replace(/(?<=.)\+.*$/, '');
  return local.length < MIN_LOCAL_LENGTH || ROLE_LOCAL_PARTS.has(local) ? '' : local;
}

export const MIN_LOCAL_LENGTH = 3;
