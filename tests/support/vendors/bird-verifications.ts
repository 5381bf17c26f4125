/** Bird's verifications, as both of its Verify APIs see them: steps, codes, attempts and expiry are one state. */
import type { Channel } from '../../../src/entities/verification-step.js';
import { type CodeBook, createCodeBook, type SentCode } from './code-book.js';

export interface BirdMessage {
  readonly to: string;
  readonly channel: Channel;
  readonly code: string;
}

export interface BirdVerification {
  readonly sent: SentCode;
  /** The plan: one entry for each step. */
  readonly channels: readonly Channel[];
  /** The step that sent last. */
  position: number;
  /** Whether its end was told to whoever checked. */
  isTold: boolean;
}

export interface BirdVerifications {
  readonly book: CodeBook;
  /** What was sent, oldest first. */
  readonly messages: readonly BirdMessage[];
  /** Channels that carry nothing for now. */
  readonly withdrawn: Set<Channel>;
  create(to: string, channels: readonly Channel[], terms: { length: number; maxAttempts: number }): BirdVerification;
  /** The newest. */
  find(by: { id?: string; to?: string }): BirdVerification | undefined;
  /** Sends by one of its steps; false where its channel is withdrawn. */
  send(verification: BirdVerification, position: number, code: 'SAME' | 'FRESH'): boolean;
  /** Whether it sent less than a cooldown ago. */
  isCooling(verification: BirdVerification): boolean;
  /** Lets the cooldown of all of them pass. */
  coolDown(): void;
}

export function createBirdVerifications(): BirdVerifications {
  const book = createCodeBook();
  const messages: BirdMessage[] = [];
  const withdrawn = new Set<Channel>();
  const cooling = new Set<string>();
  const known = new Map<string, BirdVerification>();

  function note({ sent, channels }: BirdVerification, position: number): void {
    messages.push({ to: sent.to, channel: channels[position] as Channel, code: sent.code });
    cooling.add(sent.id);
  }

  return {
    book,
    messages,
    withdrawn,
    create(to, channels, terms) {
      const made = { sent: book.make(to, terms), channels, position: 0, isTold: false };
      known.set(made.sent.id, made);
      note(made, 0);
      return made;
    },
    find(by) {
      const sent = book.find(by);
      return sent && known.get(sent.id);
    },
    send(verification, position, code) {
      const channel = verification.channels[position];
      if (channel === undefined || withdrawn.has(channel)) return false;
      if (code === 'FRESH') book.renew(verification.sent);
      verification.sent.sends += 1;
      verification.position = position;
      note(verification, position);
      return true;
    },
    isCooling: ({ sent }) => cooling.has(sent.id),
    coolDown: () => cooling.clear(),
  };
}
