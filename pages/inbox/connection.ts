/** The page's calls. The session is a cookie that scripts cannot read. */
import type { Message } from './message';

/** What a page says where no answer came. */
export const AWAY = 'The gateway cannot be reached.';

/** Exchanges a secret test key for a session; what is wrong with it, in the gateway's words, or nothing. */
export async function signIn(key: string): Promise<string | undefined> {
  const response = await fetch('/inbox/session', { method: 'POST', headers: { authorization: `Bearer ${key}` } });
  if (response.ok) return undefined;
  const { errors } = (await response.json()) as { errors?: { message: string }[] };
  return errors?.[0]?.message ?? `The gateway answered ${response.status}.`;
}

/** The messages now, or undefined without a session. */
export async function readMessages(): Promise<readonly Message[] | undefined> {
  const response = await fetch('/inbox/messages');
  if (response.status === 401) return undefined;
  if (!response.ok) throw new Error(`The gateway answered ${response.status}.`);
  return ((await response.json()) as { messages: Message[] }).messages;
}

export async function clearMessages(): Promise<void> {
  const response = await fetch('/inbox/messages', { method: 'DELETE' });
  if (!response.ok) throw new Error(`The gateway answered ${response.status}.`);
}

/** What an event of the line tells: all ids, newest first, and the messages that are new or not what they were. */
interface Update {
  readonly ids: readonly string[];
  readonly changed: readonly Message[];
}

/** `CLOSED`: the gateway has refused the page, and the browser does not try again by itself. */
export type LineState = 'LIVE' | 'DOWN' | 'CLOSED';

/** Calls back with all messages whenever they change, and with the state of the line. */
export function follow(
  onMessages: (messages: readonly Message[]) => void,
  onState: (state: LineState) => void,
): EventSource {
  const known = new Map<string, Message>();
  const source = new EventSource('/inbox/events');
  source.addEventListener('open', () => onState('LIVE'));
  source.addEventListener('error', () => onState(source.readyState === EventSource.CLOSED ? 'CLOSED' : 'DOWN'));
  source.addEventListener('messages', (event) => {
    const { ids, changed } = JSON.parse(event.data) as Update;
    for (const message of changed) known.set(message.id, message);
    for (const id of [...known.keys()].filter((each) => !ids.includes(each))) known.delete(id);
    onMessages(ids.flatMap((id) => known.get(id) ?? []));
  });
  return source;
}
