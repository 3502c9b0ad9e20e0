/** A provider that gives mail another Message-ID than it came with, and says which after DATA. */
interface Provider {
  /** Of its SMTP servers; the first group is the region. */
  readonly host: RegExp;
  /** What it answers to the end of the content; the first group is its id. */
  readonly reply: RegExp;
  /** The Message-ID that readers get, and answer. */
  readonly messageId: (id: string, region: string) => string;
}

const PROVIDERS: readonly Provider[] = [
  // Amazon SES: "250 Ok 0100018f...-000000" becomes <0100018f...-000000@REGION.amazonses.com>; the oldest region is "email".
  {
    host: /^email-smtp(?:-fips)?\.([a-z\d-]{1,40})\.amazonaws\.com$/i,
    reply: /^250 (?:\d\.\d\.\d )?Ok ([\w-]{20,120})\s*$/im,
    messageId: (id, region) => `<${id}@${region === 'us-east-1' ? 'email' : region}.amazonses.com>`,
  },
];

/**
 * The Message-ID under which a mail of ours arrives, where its way out changes it (DESIGN 5.5).
 *
 * @param host of the SMTP server
 * @param reply what it said when it had taken the mail
 * @returns with angle brackets; null: it keeps ours, as far as we know
 */
export function providerMessageId(host: string, reply: string): string | null {
  for (const { host: hosts, reply: replies, messageId } of PROVIDERS) {
    const region = hosts.exec(host)?.[1];
    const id = replies.exec(reply)?.[1];
    if (region !== undefined && id !== undefined) return messageId(id, region.toLowerCase());
  }
  return null;
}
