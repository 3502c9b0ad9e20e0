/** A header field as received: name in lower case, value unfolded, encoded-words left as they are. */
export interface HeaderField {
  readonly name: string;
  readonly value: string;
}

/** An address as a parser reads it, for display. Never an identity: that is `Sender`. */
export interface DisplayAddress {
  readonly name: string;
  readonly address: string;
}

/** Something wrong with the bytes that did not stop us: a stable id and what it was about. */
export interface Defect {
  readonly id: DefectId;
  readonly detail: string;
}

export type DefectId =
  | 'duplicate_header'
  | 'header_block_truncated'
  | 'cr_only_line_ends'
  | 'undecodable_header_bytes'
  | 'nul_removed'
  | 'too_many_parts'
  | 'too_deep'
  | 'decoded_size_exceeded'
  | 'text_truncated'
  | 'library_refused'
  | 'body_withheld'
  | 'headers_only'
  | 'boundary_guessed'
  | 'charset_guessed'
  | 'utf16_message'
  | 'tnef_unreadable'
  | 'uuencoded_incomplete';

export interface ParsedAttachment {
  /** As the sender wrote it, decoded; '' when there was none. Data: never a path. */
  readonly fileName: string;
  /** type/subtype in lower case; 'application/octet-stream' when unreadable. */
  readonly contentType: string;
  /** Without angle brackets; null when there was none. */
  readonly contentId: string | null;
  readonly isInline: boolean;
  readonly content: Uint8Array;
  /** SHA-256 of content, lower-case hex. */
  readonly sha256: string;
}

/** One recipient of a delivery status notification. RFC 3464 2.3. */
export interface DeliveryStatusRecipient {
  readonly action: string;
  readonly status: string;
  readonly recipient: string;
  readonly diagnostic: string;
}

/** What the bytes of a message say, as a value. Parsing never throws on bytes; what was wrong is in `defects`. */
export interface ParsedMessage {
  /** In wire order, at most 1,000. */
  readonly headers: readonly HeaderField[];
  /** With angle brackets, of the first Message-ID field; null when missing or longer than 998 characters. */
  readonly messageId: string | null;
  /** Message-IDs with angle brackets, in order. */
  readonly inReplyTo: readonly string[];
  /** The newest 20 Message-IDs, oldest first. */
  readonly references: readonly string[];
  /** Decoded and unfolded; '' when there was none; at most 998 characters. */
  readonly subject: string;
  /** The Date field, or null when missing or unreadable. */
  readonly date: Date | null;
  readonly from: readonly DisplayAddress[];
  readonly replyTo: readonly DisplayAddress[];
  readonly to: readonly DisplayAddress[];
  readonly cc: readonly DisplayAddress[];
  /** The text a person reads: text/plain parts, or the text of the HTML when there was none. No NUL, no lone surrogate; at most 1 MiB characters. */
  readonly text: string;
  /** The HTML as received, not sanitised; null when there was none; at most 2 MiB characters. */
  readonly html: string | null;
  readonly attachments: readonly ParsedAttachment[];
  /** Every message/delivery-status recipient found; empty for other mail. */
  readonly deliveryStatus: readonly DeliveryStatusRecipient[];
  readonly defects: readonly Defect[];
}
