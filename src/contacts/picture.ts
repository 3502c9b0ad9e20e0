/** Bytes. */
export const MAX_PICTURE_BYTES = 1024 * 1024;

interface PictureType {
  readonly type: string;
  readonly isIt: (bytes: Buffer) => boolean;
}

const begins = (bytes: Buffer, latin1: string, at = 0): boolean =>
  bytes.subarray(at, at + latin1.length).equals(Buffer.from(latin1, 'latin1'));

/** By what the bytes begin with; a file's name proves nothing. */
const PICTURE_TYPES: readonly PictureType[] = [
  { type: 'image/png', isIt: (bytes) => begins(bytes, '\x89PNG\r\n\x1a\n') },
  { type: 'image/jpeg', isIt: (bytes) => begins(bytes, '\xff\xd8\xff') },
  { type: 'image/gif', isIt: (bytes) => begins(bytes, 'GIF87a') || begins(bytes, 'GIF89a') },
  { type: 'image/webp', isIt: (bytes) => begins(bytes, 'RIFF') && begins(bytes, 'WEBP', 8) },
];

/** The media type of a picture that browsers show; null when it is none of these. */
export const pictureTypeOf = (bytes: Uint8Array): string | null =>
  PICTURE_TYPES.find(({ isIt }) => isIt(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)))?.type ?? null;
