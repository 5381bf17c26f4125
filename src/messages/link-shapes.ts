/**
 * Finds what a reader or a mail client would take for an address: URLs, domains, IP addresses, email addresses,
 * and their disguises. Strict on purpose, for texts that need no dot inside a word: "Node.js" is refused as well.
 */

// Scripts that are written without spaces, where a full stop between two words is no domain.
const CJK = String.raw`\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}`;
const LETTER = String.raw`[\p{L}\p{N}\p{M}]`;
const DOT = String.raw`[\u3002\u00b7\u2022\u2027\u2219\u22c5\u30fb\u2e31\u2e33\ua78f]`;
const DOT_IN_A_WORD = new RegExp(
  `(?<=[[\\p{L}\\p{N}]--[${CJK}]])${DOT}(?=${LETTER})|(?<=${LETTER})${DOT}(?=[[\\p{L}\\p{N}]--[${CJK}]])`,
  'gv',
);
// What looks like a full stop in another script and is left alone by normalization (UTS 39, confusables of U+002E).
const FULL_STOPS =
  /[\u06d4\u0701\u0702\u1427\ua4f8\ua60e\u{10a50}\u{1d16d}]|(?<=\p{sc=Latin})[\u0660\u06f0](?=\p{sc=Latin})/gu;

/** The text as a hurried reader, or a lenient client, sees it. */
function skeletonOf(text: string): string {
  return (
    text
      .normalize('NFKC')
      .replaceAll(/[\u{1f1e6}-\u{1f1ff}]/gu, (flag) => String.fromCharCode((flag.codePointAt(0) ?? 0) - 0x1f1e6 + 97))
      .replaceAll(/[\u2044\u2215\u29f8\u2571\u27cb\u3033]/g, '/')
      .replaceAll(/[\ua789\u2236\u02d0\u02f8]/g, ':')
      .replaceAll(FULL_STOPS, '.')
      // Catalan: "col·legi".
      .replaceAll(/l\u00b7l/gi, 'll')
      .replaceAll(DOT_IN_A_WORD, '.')
  );
}

// "w w w . e x a m p l e . c o m"
const spelledOut = (text: string): string => text.replaceAll(/(?<=(?:^|\s)\S)\s+(?=\S(?:\s|$))/gu, '');

// Short forms whose last part is the end of no domain.
const ABBREVIATIONS = /(?<!\p{L})(?:EE\.UU|JJ\.OO|CC\.AA|p\.ej|p\.ex)(?=\.)/giu;

const SCHEMES =
  'javascript|vbscript|data|file|blob|s?ftps?|ssh|git|ldaps?|smb|wss?|mailto|tel|callto|sms|smsto|mms|geo|intent|market|' +
  'itms|itms-apps|android-app|whatsapp|tg|viber|skype|facetime|bitcoin|ethereum|magnet|view-source|about|chrome|cid';
const ENDINGS = 'com|net|org|info|biz|io|ru|de|fr|es|it|nl|pl|pt|tr|uk|eu|me|app|dev|xyz|online|site|shop|ком|ру|рф';
const SPELLED_DOT = 'dot|punkt|punto|point|ponto|punt|kropka|nokta|точка|نقطة';

const SHAPES: readonly RegExp[] = [
  // A scheme, a protocol-relative address, or the beginning of one.
  /:\s*\/\s*\/|\/\/\s*[\p{L}\p{N}[]|\\\\/u,
  /(?<!\p{L})h[tx*_+]{2}ps?(?!\p{L})/iu,
  new RegExp(`(?<![\\p{L}\\p{N}])(?:${SCHEMES}):(?=\\S)`, 'iu'),
  /(?<![\p{L}\p{N}])w{3}\d?(?![\p{L}\p{N}])/iu,
  // A domain: a dot with the next label at once behind it. IDN, punycode and IP addresses included.
  /(?<!\.)\.(?!-)(?=[\p{M}\p{N}-]*\p{L})[\p{L}\p{M}\p{N}-]{2,}/u,
  /\u3002(?:中国|中國|公司|网络|網絡|香港|台湾|台灣|网址|在线|みんな|コム|한국)(?!\p{L})/u,
  /xn--/i,
  /\blocalhost\b/i,
  /(?<!\p{N})(?:\p{N}+\s*\.\s*){3}\p{N}/u,
  /::|(?:[0-9a-f]{1,4}:){3,}[0-9a-f]/i,
  /(?<!\p{L})0x[0-9a-f]{2}/iu,
  // A dot that stands apart, in brackets, in words or in a code.
  /\s\.\s+\p{L}{2}/u,
  /\.\s+(?:com|net|org)(?![\p{L}\p{N}])/u,
  /[([{<]\s*\.\s*[)\]}>]/,
  new RegExp(`[([{<]\\s*(?:${SPELLED_DOT}|at|arroba|slash|собака)\\s*[)\\]}>]`, 'iu'),
  new RegExp(`(?<!\\p{L})(?:${SPELLED_DOT})\\s+(?:${ENDINGS})(?!\\p{L})`, 'iu'),
  /[\p{L}\p{N}][^\p{L}\p{N}\s]com(?![\p{L}\p{N}])/iu,
  /(?<!\p{L})(?:com|ly|gl)\/[\p{L}\p{N}]/iu,
  /\p{L}%(?:2e|2f|3a|40)/iu,
  /&(?:#\d+|#x[0-9a-f]+|period|colon|sol|commat);/i,
  // An email address, a handle, or the last line that fills a code in.
  /@/,
];

/** Whether a text has anything in it that leads, or seems to lead, somewhere. */
export function hasLink(text: string): boolean {
  const skeleton = skeletonOf(text).replaceAll(ABBREVIATIONS, 'x');
  return [skeleton, spelledOut(skeleton)].some((form) => SHAPES.some((shape) => shape.test(form)));
}
