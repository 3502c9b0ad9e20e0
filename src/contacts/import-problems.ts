interface ProblemRow {
  /** Said beside an outcome that is no rejection. */
  readonly isNote?: true;
  /** Reads on after "line 12: ". */
  readonly says: (detail: string, other: string) => string;
}

/** All that may be found about a line once it is held against the desk and the other lines. */
export const LINE_PROBLEMS = {
  unreadable: { says: (detail) => detail },
  customer_unknown: {
    says: (name, meant) =>
      `there is no customer "${name}"${meant === '' ? ': it must be there first' : `; did you mean "${meant}"?`}`,
  },
  address_doubled: { says: (address, line) => `${address} is in line ${line} already` },
  address_erased: { says: (address) => `${address} was the address of a deleted contact, who is not created again` },
  two_contacts: { says: (who) => `its addresses belong to several contacts: ${who}` },
  same_contact: { says: (id, line) => `it is contact ${id}, as line ${line} is already` },
  primary_of_merged: {
    says: (address, id) =>
      `${address} cannot be the primary address: it is of contact ${id}, who is merged; put another first`,
  },
  user_name_doubled: { says: (name, line) => `the user name "${name}" is in line ${line} already` },
  user_name_taken: { says: (name, id) => `the user name "${name}" is taken by contact ${id}` },
  required_missing: { says: (key) => `custom.${key} is required` },
  name_doubled: { says: (name, line) => `the customer "${name}" is in line ${line} already` },
  domain_doubled: { says: (domain, line) => `${domain} is in line ${line} already` },
  domain_taken: { says: (domain, customer) => `${domain} belongs to the customer "${customer}"` },
  main_contact_elsewhere: { says: (address, customer) => `${address} is a contact of the customer "${customer}"` },
  main_contact_later: {
    isNote: true,
    says: (address) =>
      `${address} is nobody's address yet, so there is no main contact: import this file again after the contacts`,
  },
} as const satisfies Readonly<Record<string, ProblemRow>>;

export type ProblemKind = keyof typeof LINE_PROBLEMS;

/** Kinds that reject nothing. */
export const NOTES: readonly string[] = Object.entries<ProblemRow>(LINE_PROBLEMS)
  .filter(([, { isNote }]) => isNote === true)
  .map(([kind]) => kind);
