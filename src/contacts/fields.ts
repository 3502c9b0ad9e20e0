/** A text of a contact that people fill in. */
export interface ContactField {
  /** Of the operation's input and of the store's row. */
  readonly id: string;
  /** Of the CSV file's column; the command line's option has hyphens in it. */
  readonly header: string;
  readonly says: string;
  /** Characters. */
  readonly max: number;
  /** May hold line ends. */
  readonly isLong: boolean;
}

const line = <const Id extends string>(id: Id, header: string, says: string, max: number) => ({
  id,
  header,
  says,
  max,
  isLong: false,
});

/** FEATURES P-04, without what is no text: addresses, customer, custom fields, picture, devices, status. */
export const CONTACT_FIELDS = [
  line('title', 'title', 'Ms, Dr., Prof.', 50),
  line('firstName', 'first_name', 'first name', 200),
  line('lastName', 'last_name', 'last name', 200),
  line('userName', 'user_name', 'what they sign in with beside their addresses; without @', 100),
  line('phone', 'phone', 'phone', 50),
  line('mobile', 'mobile', 'mobile phone', 50),
  line('fax', 'fax', 'fax', 50),
  line('department', 'department', 'one of the list of departments', 100),
  line('jobTitle', 'job_title', 'what they do in their company', 200),
  line('street', 'street', 'street and house number', 200),
  line('zip', 'zip', 'postal code', 20),
  line('city', 'city', 'city', 100),
  line('country', 'country', 'country', 100),
  line('locale', 'locale', 'language of their mail, such as de or en-GB', 35),
  { ...line('comment', 'comment', 'for operators alone', 5000), isLong: true },
] as const satisfies readonly ContactField[];

export type ContactFieldId = (typeof CONTACT_FIELDS)[number]['id'];
