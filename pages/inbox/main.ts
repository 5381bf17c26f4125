/** The inbox: signs in, follows the messages, and shows the one that was chosen. */
import { clearMessages, follow, readMessages, signIn } from './connection';
import { byId, element } from './element';
import type { Message } from './message';
import { listItem, showMessage } from './view';

let messages: readonly Message[] = [];
let openId: string | undefined;

const matches = (message: Message, text: string) => message.to.toLowerCase().includes(text.trim().toLowerCase());

function draw(): void {
  const filter = byId<HTMLInputElement>('filter').value;
  const shown = messages.filter((message) => matches(message, filter));
  const focused = document.activeElement?.getAttribute('data-id');
  const open = (message: Message) => () => {
    openId = message.id;
    draw();
    showMessage(message);
  };
  byId('messages').replaceChildren(...shown.map((message) => listItem(message, message.id === openId, open(message))));
  // Drawing anew must not throw a keyboard user back to the top.
  if (focused) document.querySelector<HTMLElement>(`[data-id="${CSS.escape(focused)}"]`)?.focus();
  const empty = byId('empty');
  empty.hidden = shown.length > 0;
  empty.replaceChildren(...(messages.length > 0 ? nothingFound(filter) : nothingYet()));
}

const nothingFound = (filter: string) => [element('p', {}, `No message to “${filter}”.`)];
const nothingYet = () => [
  element('p', {}, 'Nothing was sent yet.'),
  element('p', {}, 'Send a code in test mode, for example in the ', playgroundLink(), ', and it appears here.'),
];
const playgroundLink = () => element('a', { href: '/playground' }, 'playground');

function receive(next: readonly Message[]): void {
  const known = new Set(messages.map(({ id }) => id));
  const fresh = next.filter(({ id }) => !known.has(id)).length;
  const isFirst = messages.length === 0 && openId === undefined;
  messages = next;
  const still = messages.find(({ id }) => id === openId);
  if (isFirst && messages[0]) openId = messages[0].id;
  if (isFirst || !still) showMessage(messages.find(({ id }) => id === openId));
  draw();
  const count = `${messages.length} message${messages.length === 1 ? '' : 's'}`;
  byId('state').textContent = fresh > 0 && !isFirst ? `Live · ${fresh} new · ${count}` : `Live · ${count}`;
}

function start(first: readonly Message[]): void {
  byId('sign-in').hidden = true;
  byId('inbox').hidden = false;
  showMessage(undefined);
  receive(first);
  follow(receive, (isLive) => {
    if (!isLive) byId('state').textContent = 'The line is down; trying again…';
  });
}

async function main(): Promise<void> {
  const first = await readMessages();
  if (first) return start(first);
  byId('state').textContent = 'Signed out';
  byId('sign-in').hidden = false;
  byId('key').focus();
}

byId('key-form').addEventListener('submit', async (event) => {
  event.preventDefault();
  const input = byId<HTMLInputElement>('key');
  const fault = await signIn(input.value.trim());
  input.value = '';
  byId('key-error').textContent = fault ?? '';
  if (fault === undefined) start((await readMessages()) ?? []);
});
byId('filter-form').addEventListener('submit', (event) => event.preventDefault());
byId('filter').addEventListener('input', draw);
byId('clear').addEventListener('click', async () => {
  await clearMessages();
  openId = undefined;
  receive([]);
  showMessage(undefined);
});

main().catch((error: unknown) => {
  byId('state').textContent = error instanceof Error ? error.message : 'The gateway cannot be reached.';
});
