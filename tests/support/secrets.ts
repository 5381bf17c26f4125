/** Looking for secrets where they must not be, in any form in which one might have been written down. */

/** The parts of base64 that do not depend on what stands before and after the value. */
const base64Of = (value: string): string[] =>
  [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), Buffer.from(value)])
      .toString('base64')
      .slice(shift === 0 ? 0 : 4, -4),
  );

export function formsOf(value: string): string[] {
  const hex = Buffer.from(value).toString('hex');
  const base64 = base64Of(value);
  const base64url = base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  const percent = [...Buffer.from(value)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  const encoded = [encodeURIComponent(value), encodeURI(value), percent, percent.toUpperCase()];
  return [...new Set([value, hex, hex.toUpperCase(), ...encoded, ...base64, ...base64url])];
}

/** The names of the secrets that stand in a text, each with the place where it does. */
export function secretsIn(text: string, secrets: ReadonlyMap<string, string>): string[] {
  return [...secrets].flatMap(([name, value]) =>
    formsOf(value).flatMap((form) => {
      const place = text.indexOf(form);
      return place < 0 ? [] : [`${name}: …${text.slice(Math.max(0, place - 80), place + form.length + 20)}`];
    }),
  );
}
