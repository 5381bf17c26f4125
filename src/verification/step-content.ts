/** What a caller puts into the slots of a step's message. */
import type { Channel, StepContent } from '../entities/verification-step.js';
import { badInput } from '../kernel/errors.js';
import { type Filling, parseCustomMessage, parseSenderId } from '../messages/custom-message.js';
import { type EmailContentText, parseEmailContent } from '../messages/email-content.js';

/** As the caller sent it. */
export interface StepTexts {
  readonly content: EmailContentText | undefined;
  readonly customMessage: string | undefined;
  readonly senderId: string | undefined;
}

/**
 * Checks every text and returns what the step keeps, or null for none. A text that the channel has no use for is
 * refused: it would be dropped in silence.
 *
 * @param path what the caller calls the step, for example `input` or `input.steps.0`
 * @throws {GatewayError} BAD_USER_INPUT
 */
export function parseStepContent(
  path: string,
  channel: Channel,
  texts: StepTexts,
  filling: Filling,
): StepContent | null {
  const { content, customMessage, senderId } = texts;
  if (channel === 'EMAIL') {
    if (customMessage !== undefined) throw badInput(`${path}.customMessage`, 'an email has content instead');
    if (senderId !== undefined) throw badInput(`${path}.senderId`, 'an email has content.senderName instead');
    return content === undefined ? null : { email: parseEmailContent(`${path}.content`, content) };
  }
  if (content !== undefined) throw badInput(`${path}.content`, 'only an email has content');
  if (customMessage === undefined && senderId === undefined) return null;
  return {
    ...(customMessage !== undefined && {
      customMessage: parseCustomMessage(`${path}.customMessage`, customMessage, filling),
    }),
    ...(senderId !== undefined && { senderId: parseSenderId(`${path}.senderId`, senderId) }),
  };
}
