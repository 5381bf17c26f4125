/** The inbox: signs in, follows the messages, and shows the one that was chosen. */
import { AWAY, clearMessages, follow, type LineState, readMessages, signIn } from './connection';
import { byId, element } from './element';
import type { Message } from './message';
import { listItem, showMessage } from './view';

let messages: readonly Message[] = [];
let opened: Message | undefined;

const matches = (message: Message, text: string) => message.to.toLowerCase().includes(text.trim().toLowerCase());

function draw(): void {
  const filter = byId<HTMLInputElement>('filter').value;
  const shown = messages.filter((message) => matches(message, filter));
  const focused = document.activeElement?.getAttribute('data-id');
  const choose = (message: Message) => () => {
    open(message);
    draw();
  };
  byId('messages').replaceChildren(
    ...shown.map((message) => listItem(message, message.id === opened?.id, choose(message))),
  );
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

function open(message: Message | undefined): void {
  // Drawn anew only where it differs: a frame that loads again takes whoever reads it back to its top.
  if (!message || JSON.stringify(message) !== JSON.stringify(opened)) showMessage(message);
  opened = message;
}

const stepOf = ({ id }: Message) => id.slice(0, id.lastIndexOf('.'));

function receive(next: readonly Message[]): void {
  const known = new Set(messages.map(({ id }) => id));
  const fresh = next.filter(({ id }) => !known.has(id)).length;
  const isFirst = messages.length === 0 && opened === undefined;
  messages = next;
  // What was sent again is the same step's message under another id.
  const same = opened && next.find((message) => opened && stepOf(message) === stepOf(opened));
  if (isFirst || opened) open(isFirst ? next[0] : same);
  draw();
  const count = `${messages.length} message${messages.length === 1 ? '' : 's'}`;
  byId('state').textContent = fresh > 0 && !isFirst ? `Live · ${fresh} new · ${count}` : `Live · ${count}`;
}

function start(first: readonly Message[]): void {
  byId('sign-in').hidden = true;
  byId('inbox').hidden = false;
  open(undefined);
  receive(first);
  follow(receive, (state) => void tell(state));
}

async function tell(state: LineState): Promise<void> {
  if (state === 'DOWN') byId('state').textContent = 'The line is down; trying again…';
  if (state !== 'CLOSED') return;
  if (await readMessages().catch(() => []))
    byId('state').textContent = 'Not live. Close another inbox, or wait a moment; then reload this page.';
  else leave();
}

function leave(): void {
  messages = [];
  open(undefined);
  byId('state').textContent = 'Signed out';
  byId('inbox').hidden = true;
  byId('sign-in').hidden = false;
  byId('key').focus();
}

async function main(): Promise<void> {
  const first = await readMessages();
  if (first) start(first);
  else leave();
}

byId('key-form').addEventListener('submit', async (event) => {
  event.preventDefault();
  const input = byId<HTMLInputElement>('key');
  const fault = await signIn(input.value.trim()).catch(() => AWAY);
  if (fault !== AWAY) input.value = '';
  byId('key-error').textContent = fault ?? '';
  if (fault === undefined) await main().catch(tellFault);
});
byId('filter-form').addEventListener('submit', (event) => event.preventDefault());
byId('filter').addEventListener('input', draw);
byId('clear').addEventListener('click', async () => {
  const isCleared = await clearMessages().then(
    () => true,
    () => false,
  );
  if (!isCleared) {
    byId('state').textContent = 'Not cleared: reload this page.';
    return;
  }
  open(undefined);
  receive([]);
});

function tellFault(error: unknown): void {
  byId('state').textContent = error instanceof Error ? error.message : AWAY;
}

main().catch(tellFault);
