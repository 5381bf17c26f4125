/** How a text message is billed: 3GPP TS 23.038 (alphabets) and TS 23.040 section 9.2.3.24 (long messages). */
export interface Segmentation {
  readonly encoding: 'GSM-7' | 'UCS-2';
  /** Septets, or 16-bit units. */
  readonly units: number;
  readonly segments: number;
}

/** More would cost more than a code is worth, and phones show the rest late. */
export const MAX_SEGMENTS = 2;
/** What 140 characters of any alphabet come to, with a name filled in. */
export const MAX_CUSTOM_SEGMENTS = 3;

// TS 23.038 section 6.2.1 without the escape to the extension table; Ç has a place, ç has none.
const BASIC =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const EXTENSION = '\f^{}\\[~]|€';

const SEPTETS = new Map<string, number>([
  ...Array.from(BASIC, (character): [string, number] => [character, 1]),
  ...Array.from(EXTENSION, (character): [string, number] => [character, 2]),
]);

/** Counts the segments of a text message. A character is never cut in two, as phones would show two wrong ones. */
export function countSegments(text: string): Segmentation {
  const characters = Array.from(text);
  const septets = characters.map((character) => SEPTETS.get(character));
  return septets.every((width) => width !== undefined)
    ? pack('GSM-7', septets, 160, 153)
    : pack(
        'UCS-2',
        characters.map(({ length }) => length),
        70,
        67,
      );
}

function pack(
  encoding: Segmentation['encoding'],
  widths: readonly number[],
  alone: number,
  each: number,
): Segmentation {
  const units = widths.reduce((sum, width) => sum + width, 0);
  if (units <= alone) return { encoding, units, segments: 1 };
  let segments = 1;
  let used = 0;
  for (const width of widths) {
    if (used + width > each) {
      segments += 1;
      used = 0;
    }
    used += width;
  }
  return { encoding, units, segments };
}
