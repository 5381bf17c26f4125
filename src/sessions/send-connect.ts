/** The use case behind `sendConnectCode`: given an email and a publishable key, a code goes to that customer's phone. */
import type { Principal } from '../access/principal.js';
import type { Outbox } from '../delivery/outbox.js';
import type { Database } from '../entities/database.js';
import { type Contact, parseEmail } from '../kernel/contact.js';
import { badInput } from '../kernel/errors.js';
import { newId } from '../kernel/ids.js';
import type { KeyRing } from '../kernel/key-ring.js';
import { chooseLocale } from '../messages/locale.js';
import type { ProviderRegistry } from '../providers/registry.js';
import { insertVerifications } from '../verification/insert.js';
import type { NewVerification } from '../verification/new-verification.js';
import type { SendCaps } from '../verification/send-caps.js';
import { insertAttempt } from './connect-attempts.js';
import type { ConnectGates } from './connect-gates.js';
import { findEnrolled, judgePhone, NOBODY } from './connect-recipient.js';

export interface SendConnectDeps {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly providers: ProviderRegistry;
  readonly codeKeys: KeyRing;
  readonly connectKeys: KeyRing;
  readonly gates: ConnectGates;
  readonly sendCaps: SendCaps;
}

export interface SendConnectInput {
  readonly email: string;
  readonly clientIp: string;
  readonly requestId: string;
}

/** Terms of every connect code. */
export const CONNECT_TERMS = { codeLength: 6, timeoutSeconds: 600, maxAttempts: 3 } as const;

/**
 * Sends a code, or leaves a decoy. Nothing but the answer tells which: both run the same statements in the same order,
 * and a decoy's job names a verification that is not there, so that the worker finds nothing to send.
 *
 * @returns what the caller is told: whether a code was sent, or true in a workspace whose replies are uniform
 * @throws {GatewayError} BAD_USER_INPUT for text that is no email, which depends on the text alone
 */
export async function sendConnectCode(
  deps: SendConnectDeps,
  principal: Principal,
  { email, clientIp, requestId }: SendConnectInput,
): Promise<boolean> {
  const parsed = parseEmail(email);
  if ('reason' in parsed) throw badInput('input.email', parsed.reason);
  const { identity: emailIdentity } = parsed.contact;
  const { workspaceId, mode, workspace } = principal;

  const enrolled = await findEnrolled(deps.database.pool, principal, emailIdentity);
  // The gate of nobody's phone is counted by the email: one counter for all would be the one that requests wait for.
  const phone = enrolled?.phone ?? emailIdentity;
  // A secret key's address is its backend's, not a visitor's: thirty sign-ins would close it for everybody.
  const ip = principal.kind === 'SECRET_KEY' ? undefined : clientIp;
  // Not awaited here: they are counted in one statement with the caller's own caps.
  const gatesOpen = deps.gates(principal, { ip, email: emailIdentity, phone });
  const customer = enrolled ?? NOBODY;
  const { contact, provider, isOpen, isExpired } = judgePhone(principal, customer, deps.providers);
  const isWanted = enrolled !== undefined && isOpen;
  const wanted = gatesOpen.then((areOpen) => (areOpen && isWanted ? contact : undefined));
  const isSent = await deps.sendCaps.takeBlindly(principal, wanted, standInFor(emailIdentity));

  const id = newId();
  const verification: NewVerification = {
    world: principal,
    requestId,
    id,
    customerId: customer.customerId,
    contactKind: 'PHONE',
    isLocaleNamed: false,
    locale: chooseLocale(undefined, customer.locale, contact, workspace.defaultLocale),
    ...CONNECT_TERMS,
    codeKeyId: deps.codeKeys.current.id,
    steps: [
      {
        channel: 'SMS',
        recipient: contact.value,
        identity: contact.identity,
        provider: provider?.name ?? '',
        template: 'code',
        content: null,
      },
    ],
    isExpired,
    idempotency: undefined,
  };
  const { timeoutSeconds } = CONNECT_TERMS;
  await deps.database.transaction(async (transaction) => {
    await insertVerifications(transaction, principal, isSent ? [verification] : []);
    const attempt = { emailIdentity, verificationId: isSent ? id : undefined, timeoutSeconds };
    await insertAttempt(transaction, deps.connectKeys, principal, attempt);
    const job = { workspaceId, mode, verificationId: id, stepIndex: 0, send: 1, requestId };
    await deps.outbox.enqueue(transaction, [job]);
  });
  return isSent || workspace.connectReply === 'UNIFORM';
}

/** Whom a message that is not sent is counted for: no number, so that it shares no counter with one. */
function standInFor(emailIdentity: string): Contact {
  const value = `nobody behind ${emailIdentity}`;
  return { kind: 'PHONE', value, identity: value };
}
