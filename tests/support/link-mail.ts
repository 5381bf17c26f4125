/** A gateway in live mode behind a real mail server, and people to whom links are mailed. */
import type { Caller, CustomerView, Variables, VerificationView } from './caller.js';
import { startGateway } from './harness.js';
import { linkIn, sendLink } from './links.js';
import { startMailbox } from './mailbox.js';
import { waitFor } from './wait-for.js';

export const PUBLIC_URL = 'https://verify.acme.example/gateway';
export const REDIRECT = 'https://app.acme.example/verified?from=mail';
export const SECRET = 'the secret that the tests of the link know';
/** The one before it, which is still listed. */
export const OLD_SECRET = 'the secret before it that somebody has copied';

/** Whoever starts it disposes of both. */
export async function startLinkMail() {
  const mailbox = await startMailbox();
  const gateway = await startGateway({
    env: {
      SMTP_URL: mailbox.url,
      MAIL_FROM: 'codes@gateway.example',
      GATEWAY_SECRET: `${SECRET},${OLD_SECRET}`,
      GATEWAY_PUBLIC_URL: PUBLIC_URL,
      LOG_LEVEL: 'trace',
    },
  });
  let people = 0;
  const newAddress = () => `reader${++people}@example.com`;

  /** A workspace that sends people back to these addresses. */
  async function workspaceWith(redirectUris: readonly string[] = [REDIRECT]) {
    const workspace = await gateway.workspace();
    await gateway.sql('update workspace set redirect_uris = $2 where id = $1', [workspace.id, redirectUris]);
    return workspace;
  }

  /** Sends a link and takes it out of the mail. */
  async function mailLink(caller: Caller, customerId: string, email: string, input: Variables = {}) {
    const before = mailbox.mailsTo(email).length;
    const sent = await sendLink(caller, { customerId, email, redirectUri: REDIRECT, ...input });
    if (!sent.verification) throw new Error(`Not accepted: ${JSON.stringify(sent)}`);
    const mail = await waitFor(`mail to ${email}`, () => mailbox.mailsTo(email)[before]);
    const { url, token } = linkIn(mail);
    return { mail, url, token, page: `${gateway.url}/l/${token}`, verification: sent.verification };
  }

  /** A customer of a workspace of their own, to whom a link was mailed. */
  async function mailed(input: Variables = {}) {
    const email = newAddress();
    const { id: workspaceId, live } = await workspaceWith();
    const { id: customerId } = await live.createCustomer();
    const link = await mailLink(live, customerId, email, input);
    const customer = () => live.call<CustomerView>('customer', { id: customerId });
    const stored = () => live.call<VerificationView>('verification', { id: link.verification.id });
    return { ...link, workspaceId, caller: live, customerId, email, customer, stored };
  }

  return {
    mailbox,
    gateway,
    newAddress,
    workspaceWith,
    mailLink,
    mailed,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await mailbox[Symbol.asyncDispose]();
    },
  };
}
