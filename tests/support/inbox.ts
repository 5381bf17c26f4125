/** The inbox as its page asks for it. */
import { expect } from 'vitest';
import { waitFor } from './wait-for.js';

export interface InboxEntry {
  id: string;
  to: string;
  status: string;
  text: string;
  subject: string;
  failureReason: string | null;
  code: string | null;
  html: string | null;
  link: string | null;
}

export const signIn = (url: string, key: string): Promise<Response> =>
  fetch(`${url}/inbox/session`, { method: 'POST', headers: { authorization: `Bearer ${key}` } });

export const cookieOf = (response: Response): string => response.headers.get('set-cookie')?.split(';')[0] ?? '';

/** An inbox that was opened with a secret test key, by a cookie that is there already, or by a credential beside each request. */
export async function openInbox(
  url: string,
  by: { key: string } | { cookie: string } | { headers: Record<string, string> },
) {
  const cookie = 'key' in by ? cookieOf(await signIn(url, by.key)) : 'cookie' in by ? by.cookie : '';
  const headers = 'headers' in by ? by.headers : { cookie };
  const get = (path: string, init: RequestInit = {}) => fetch(url + path, { ...init, headers });
  const read = async (): Promise<InboxEntry[]> => {
    const response = await get('/inbox/messages');
    expect(response.status).toBe(200);
    return ((await response.json()) as { messages: InboxEntry[] }).messages;
  };
  return {
    cookie,
    get,
    read,
    messageTo: (to: string) =>
      waitFor(`a message to ${to}`, async () => (await read()).find((message) => message.to === to)),
  };
}
