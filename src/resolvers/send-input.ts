/** What every send has in common, taken out of its input. */
import type { EmailContentInput } from '../schema/message.types.js';
import type { SendInput } from '../schema/verification.inputs.js';

/** Null stands for the default, as leaving an argument out does. */
export function termsOf(input: SendInput) {
  return {
    locale: input.locale ?? undefined,
    codeLength: input.codeLength ?? 6,
    timeoutSeconds: input.timeoutSeconds ?? 600,
    maxAttempts: input.maxAttempts ?? 3,
    idempotencyKey: input.idempotencyKey ?? undefined,
  };
}

/** The message of one step: its template, and the texts that a caller puts into it. */
export function messageOf(input: MessageInput) {
  return {
    template: input.template ?? undefined,
    texts: {
      content: input.content ?? undefined,
      customMessage: input.customMessage ?? undefined,
      senderId: input.senderId ?? undefined,
    },
  };
}

interface MessageInput {
  readonly template?: string | null;
  readonly content?: EmailContentInput | null;
  readonly customMessage?: string | null;
  readonly senderId?: string | null;
}
