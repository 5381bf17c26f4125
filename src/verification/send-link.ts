/** The use case behind `sendEmailLink`. */
import type { Principal } from '../access/principal.js';
import type { EmailContentText } from '../messages/email-content.js';
import type { LinkTerms } from './new-verification.js';
import { type SendDeps, type SendOutcome, sendVerification } from './send.js';

export interface SendLinkInput extends LinkTerms {
  readonly customerId: string;
  readonly email: string;
  readonly content: EmailContentText | undefined;
  readonly locale: string | undefined;
  readonly timeoutSeconds: number;
  readonly idempotencyKey: string | undefined;
  readonly requestId: string;
  readonly clientIp: string;
}

const ARGUMENT = { step: 'input', recipient: 'input.email' };

/**
 * Accepts a verification of one step whose message carries a link. There is nothing to guess: one attempt, which stays
 * uncounted, and no digits.
 *
 * @throws {GatewayError} BAD_USER_INPUT, IDEMPOTENCY_CONFLICT
 */
export function sendLink(deps: SendDeps, principal: Principal, input: SendLinkInput): Promise<SendOutcome> {
  const { email: recipient, content, redirectUri, updatePrimary, ...terms } = input;
  const texts = { content, customMessage: undefined, senderId: undefined };
  return sendVerification(deps, principal, {
    ...terms,
    codeLength: 0,
    maxAttempts: 1,
    steps: [{ channel: 'EMAIL', recipient, argument: ARGUMENT, template: undefined, texts }],
    link: { redirectUri, updatePrimary },
  });
}
