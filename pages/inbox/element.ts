type Attributes = Record<string, string | boolean | ((event: Event) => void) | undefined>;

/**
 * An element with its attributes, listeners and children. Text is set as text: nothing that a message holds is ever
 * read as markup of this page.
 */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: (Node | string | undefined)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(key, value);
    else if (typeof value === 'string') made.setAttribute(key, value);
    else if (value) made.setAttribute(key, '');
  }
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

export function byId<Type extends HTMLElement = HTMLElement>(id: string): Type {
  return document.getElementById(id) as Type;
}
