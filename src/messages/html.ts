/** Markup that is safe to send. Only the template below makes it, and it escapes every text it is given. */
export class Html {
  constructor(readonly markup: string) {}
}

/** What may stand in a template; `undefined` leaves nothing. */
export type HtmlValue = string | number | Html | readonly HtmlValue[] | undefined;

/** Markup with values in it: texts are escaped, markup is taken as it is. Attributes stand in double quotes. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(parts.map((part, index) => (index === 0 ? '' : markupOf(values[index - 1])) + part).join(''));
}

function markupOf(value: HtmlValue): string {
  if (value === undefined) return '';
  if (value instanceof Html) return value.markup;
  return Array.isArray(value) ? value.map(markupOf).join('') : escapeHtml(String(value));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}
