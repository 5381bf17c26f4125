/** The digits of Arabic and Persian keyboards as 0 to 9: they would be lost where all but 0 to 9 is taken out. */
export const withPlainDigits = (text: string): string =>
  text.replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) & 0xf));
