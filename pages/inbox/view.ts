/** How a message looks: in the list, and opened. */
import { AWAY } from './connection';
import { byId, element } from './element';
import { CHANNELS, type Message, timeOf } from './message';

export function listItem(message: Message, isOpen: boolean, open: () => void): HTMLLIElement {
  const preview = message.subject || message.text;
  return element(
    'li',
    {},
    element(
      'button',
      {
        type: 'button',
        class: 'item',
        'aria-current': isOpen ? 'true' : undefined,
        click: open,
        'data-id': message.id,
      },
      element('span', { class: `channel ${message.channel.toLowerCase()}` }, CHANNELS[message.channel]),
      element('span', { class: 'to' }, message.to),
      element('time', { datetime: message.at }, timeOf(message.at)),
      element('span', { class: 'preview', dir: 'auto' }, preview || (message.failureReason ?? '')),
      message.status === 'FAILED' ? element('span', { class: 'failed' }, 'Not delivered') : undefined,
    ),
  );
}

export function showMessage(message: Message | undefined): void {
  const section = byId('message');
  if (!message) {
    section.replaceChildren(element('p', { class: 'hint' }, 'Choose a message to see it as its recipient would.'));
    return;
  }
  section.replaceChildren(
    element(
      'header',
      {},
      element('h2', { dir: 'auto' }, message.subject || `${CHANNELS[message.channel]} to ${message.to}`),
      facts(message),
      actions(message),
    ),
    body(message),
  );
}

function facts(message: Message): HTMLElement {
  const fact = (name: string, value: string) => [element('dt', {}, name), element('dd', {}, value)];
  return element(
    'dl',
    {},
    ...fact('From', message.from),
    ...fact('To', message.to),
    ...fact('When', timeOf(message.at)),
    ...fact('Status', message.failureReason ? `${message.status}: ${message.failureReason}` : message.status),
    ...(message.sends > 1 ? fact('Sent', `${message.sends} times, with the same code`) : []),
    ...fact('Verification', message.verificationId),
  );
}

function actions({ code, link }: Message): HTMLElement {
  return element(
    'p',
    { class: 'actions' },
    code ? copyButton(code, `Copy code ${code}`, 'code') : undefined,
    link ? copyButton(link, 'Copy link', 'link') : undefined,
    link
      ? element('a', { class: 'button', href: link, target: '_blank', rel: 'noopener noreferrer' }, 'Open link')
      : undefined,
  );
}

function copyButton(value: string, label: string, kind: string): HTMLButtonElement {
  const button = element('button', { type: 'button', class: 'primary', 'data-copy': kind }, label);
  button.addEventListener('click', async () => {
    // Browsers have no clipboard where a page came by plain http from another machine, and may refuse theirs.
    const isCopied = await navigator.clipboard?.writeText(value).then(
      () => true,
      () => false,
    );
    if (!isCopied) {
      byId('state').textContent = `This browser copies nothing from here: ${value}`;
      return;
    }
    button.textContent = 'Copied';
    byId('state').textContent = `Copied ${kind}.`;
    setTimeout(() => {
      button.textContent = label;
    }, 1_500);
  });
  return button;
}

function body(message: Message): HTMLElement {
  if (!message.text) {
    const isFailed = message.status === 'FAILED';
    const why = isFailed ? 'This message would not have arrived, so there is nothing to show.' : message.failureReason;
    return element('p', { class: 'hint' }, why ?? 'There is nothing to show.');
  }
  if (message.html === null) return phone(message);
  // Without any permission: no script, no form, no way to move the page around it.
  const frame = element('iframe', { sandbox: '', title: 'The email as it would look', src: message.html });
  const text = element('pre', { dir: 'auto' }, message.text);
  const source = element('pre', { class: 'source' }, 'Loading…');
  return tabs([
    ['Preview', frame, () => {}],
    ['Text', text, () => {}],
    ['Source', source, () => void loadSource(message.html as string, source)],
  ]);
}

async function loadSource(address: string, into: HTMLElement): Promise<void> {
  try {
    const response = await fetch(address);
    into.textContent = response.ok ? await response.text() : `The gateway answered ${response.status}.`;
  } catch {
    into.textContent = AWAY;
  }
}

/** As a phone shows it: one bubble, under the name or number that it comes from. */
function phone({ from, text, channel, locale }: Message): HTMLElement {
  const label = channel === 'VOICE' ? 'What the caller hears' : `The ${CHANNELS[channel]} as a phone shows it`;
  return element(
    'figure',
    { class: 'phone', 'aria-label': label },
    element('figcaption', {}, from),
    element('p', { class: 'bubble', dir: 'auto', lang: locale }, text),
  );
}

type Tab = readonly [name: string, panel: HTMLElement, open: () => void];

function tabs(all: readonly Tab[]): HTMLElement {
  const list = element('div', { role: 'tablist', 'aria-label': 'How to show it', class: 'tabs' });
  const panels = all.map(([name, panel], index) =>
    element('div', { role: 'tabpanel', id: `panel-${index}`, 'aria-label': name, tabindex: '0' }, panel),
  );
  const buttons = all.map(([name], index) =>
    element(
      'button',
      { type: 'button', role: 'tab', 'aria-controls': `panel-${index}`, click: () => choose(index) },
      name,
    ),
  );
  function choose(chosen: number): void {
    for (const [index, button] of buttons.entries()) {
      button.setAttribute('aria-selected', String(index === chosen));
      button.tabIndex = index === chosen ? 0 : -1;
      (panels[index] as HTMLElement).hidden = index !== chosen;
    }
    all[chosen]?.[2]();
  }
  // WAI-ARIA Authoring Practices, "Tabs": arrows move between tabs.
  list.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = buttons.findIndex((button) => button.getAttribute('aria-selected') === 'true');
    const next = (at + step + buttons.length) % buttons.length;
    choose(next);
    buttons[next]?.focus();
  });
  list.append(...buttons);
  choose(0);
  return element('div', { class: 'body' }, list, ...panels);
}
