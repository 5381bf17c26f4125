/** What an image is and how large, by its bytes alone: its pixels are never unpacked. */

export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

export type ImageType = 'image/png' | 'image/jpeg' | 'image/gif';

const SIGNATURES: readonly [ImageType, Buffer][] = [
  ['image/png', Buffer.from('89504e470d0a1a0a', 'hex')],
  ['image/jpeg', Buffer.from('ffd8ff', 'hex')],
  ['image/gif', Buffer.from('GIF87a')],
  ['image/gif', Buffer.from('GIF89a')],
];

/** What an image is by its first bytes, whatever its sender calls it. */
export function imageTypeOf(bytes: Buffer): ImageType | undefined {
  return SIGNATURES.find(([, signature]) => bytes.subarray(0, signature.length).equals(signature))?.[0];
}

/** The pixels that a header promises, or undefined where it cannot be read. */
export function imageSizeOf(type: ImageType, bytes: Buffer): ImageSize | undefined {
  try {
    if (type === 'image/gif') return { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) };
    return type === 'image/png' ? pngSize(bytes) : jpegSize(bytes);
  } catch {
    return undefined;
  }
}

function pngSize(bytes: Buffer): ImageSize | undefined {
  if (bytes.toString('latin1', 12, 16) !== 'IHDR') return undefined;
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

// ITU-T T.81: the size stands in the frame header, one of the markers C0 to CF but for C4, C8 and CC.
function jpegSize(bytes: Buffer): ImageSize | undefined {
  let offset = 2;
  while (bytes.readUInt8(offset) === 0xff) {
    const marker = bytes.readUInt8(offset + 1);
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      return { width: bytes.readUInt16BE(offset + 7), height: bytes.readUInt16BE(offset + 5) };
    }
    // A marker may be filled up with FF bytes.
    offset += marker === 0xff ? 1 : 2 + bytes.readUInt16BE(offset + 2);
  }
  return undefined;
}
