/** The page's calls. The session is a cookie that scripts cannot read. */
import type { Message } from './message';

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

/** Calls back with all messages whenever they change, and with whether the line is up. */
export function follow(onMessages: (messages: readonly Message[]) => void, onLive: (isLive: boolean) => void): void {
  const source = new EventSource('/inbox/events');
  source.addEventListener('open', () => onLive(true));
  source.addEventListener('error', () => onLive(false));
  source.addEventListener('messages', (event) => onMessages(JSON.parse(event.data) as Message[]));
}
