/** Reads the picture that a caller wants in an email. */
import { type ImageSize, type ImageType, imageSizeOf, imageTypeOf } from './image-size.js';

/** A picture that travels inside the message. Plain data: it may stand in a JSON column until the message is made. */
export interface Logo {
  readonly type: ImageType;
  /** RFC 4648 section 4, without line breaks. */
  readonly base64: string;
  readonly size?: ImageSize;
}

/** Characters of base64, line breaks and the `data:` prefix included: 15 kB of picture. */
export const MAX_LOGO_LENGTH = 20_000;
// A few kilobytes can promise gigabytes of pixels, and the reader's mail client would unpack them.
const MAX_SIDE = 2000;
const DATA_URL = /^data:([^,;]*);base64,/i;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * Reads a logo in base64, which may stand behind `data:image/png;base64,`. What it is, its bytes tell. Nothing is
 * ever fetched, and SVG is refused: it is a program.
 */
export function readLogo(text: string): { readonly value: Logo } | { readonly reason: string } {
  if (text.length > MAX_LOGO_LENGTH) return { reason: `must be at most ${MAX_LOGO_LENGTH} characters of base64` };
  const declared = DATA_URL.exec(text.trim());
  const base64 = text
    .trim()
    .slice(declared?.[0].length ?? 0)
    .replaceAll(/\r?\n/g, '');
  if (base64 === '' || !BASE64.test(base64)) return { reason: 'must be base64 (RFC 4648), padded' };
  const bytes = Buffer.from(base64, 'base64');
  const type = imageTypeOf(bytes);
  if (!type) return { reason: 'must be a PNG, JPEG or GIF' };
  if (declared && declared[1]?.toLowerCase() !== type) return { reason: `says another type than its bytes, ${type}` };
  const size = imageSizeOf(type, bytes);
  if (size && Math.max(size.width, size.height) > MAX_SIDE)
    return { reason: `must be at most ${MAX_SIDE} pixels a side` };
  return { value: { type, base64, ...(size && { size }) } };
}
