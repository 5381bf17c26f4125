/** Verification by link, as a backend sends it and as whoever holds the mail follows it. */
import { deriveKeyRing } from '../../src/kernel/key-ring.js';
import { linkToken } from '../../src/kernel/link-token.js';
import type { Caller, Variables, VerificationView } from './caller.js';
import { dataOf } from './graphql-client.js';
import type { Mail } from './mailbox.js';

export interface LinkOutcome {
  __typename: 'VerificationSent' | 'Refused';
  code?: string;
  verification?: Pick<VerificationView, 'id' | 'status' | 'locale' | 'failedAttempts' | 'attemptsLeft'> & {
    kind: string;
    codeLength: number;
    maxAttempts: number;
  };
}

export const SEND_LINK = `mutation ($input: SendEmailLinkInput!) { result: sendEmailLink(input: $input) {
  __typename
  ... on VerificationSent { verification { id kind status locale codeLength maxAttempts failedAttempts attemptsLeft } }
  ... on Refused { code } } }`;

export async function sendLink(caller: Caller, input: Variables): Promise<LinkOutcome> {
  return dataOf(await caller.query<{ result: LinkOutcome }>(SEND_LINK, { input })).result;
}

const ADDRESS = /https?:\/\/[^\s"<>]+\/l\/([A-Za-z0-9_-]+)/;

/** The address in a mail's text, which its page has as well. */
export function linkIn({ email }: Mail): { url: string; token: string } {
  const [url, token] = ADDRESS.exec(email.text ?? '') ?? [];
  if (url === undefined || token === undefined) throw new Error(`No link in: ${email.subject}`);
  if (!email.html?.includes(`href="${url}"`)) throw new Error(`Another link in the page of: ${email.subject}`);
  return { url, token };
}

export interface LinkAnswer {
  readonly status: number;
  readonly location: string | null;
  readonly headers: Headers;
  readonly text: string;
}

async function ask(url: string, init: RequestInit): Promise<LinkAnswer> {
  const response = await fetch(url, { redirect: 'manual', ...init });
  const { status, headers } = response;
  return { status, headers, location: headers.get('location'), text: await response.text() };
}

/** Opens a page without clicking. */
export const open = (url: string, init: RequestInit = {}): Promise<LinkAnswer> => ask(url, init);

/** What a browser sends when the button is clicked. */
export const click = (url: string): Promise<LinkAnswer> =>
  ask(url, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: '' });

/** The token of a verification, as whoever knows the gateway's secret derives it: test mode mails nothing. */
export function tokenOf(secret: string, workspaceId: string, mode: 'TEST' | 'LIVE', verificationId: string): string {
  const id = verificationId.slice(verificationId.indexOf(':') + 1);
  return linkToken(deriveKeyRing([secret], 'link').current, { workspaceId, mode, verificationId: id });
}
