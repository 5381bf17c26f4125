/** The codes that a fake vendor has made and sent, and what became of them. */
import { randomInt, randomUUID } from 'node:crypto';

export interface SentCode {
  readonly id: string;
  readonly to: string;
  /** The newest. */
  code: string;
  /** Those before it, which are good as well. */
  readonly earlier: string[];
  /** How often it was sent. */
  sends: number;
  /** Wrong guesses. */
  failed: number;
  readonly maxAttempts: number;
  state: 'PENDING' | 'APPROVED' | 'EXPIRED' | 'CANCELED';
}

export interface CodeBook {
  readonly sent: readonly SentCode[];
  make(to: string, terms?: { length?: number; maxAttempts?: number; id?: string }): SentCode;
  /** Makes a fresh code for the same verification. */
  renew(sent: SentCode): void;
  /** The newest by its id or its recipient. */
  find(by: { id?: string | undefined; to?: string | undefined }): SentCode | undefined;
  /** Compares a guess with one that still takes guesses; `SPENT` where too many were wrong. */
  guess(sent: SentCode, code: string): 'RIGHT' | 'WRONG' | 'SPENT';
  /** Lets the time of all of them run out. */
  expire(): void;
}

export function createCodeBook(): CodeBook {
  const sent: SentCode[] = [];
  const digits = (length: number) => Array.from({ length }, () => randomInt(10)).join('');
  return {
    sent,
    make(to, { length = 6, maxAttempts = Number.POSITIVE_INFINITY, id = randomUUID() } = {}) {
      const code = digits(length);
      const made: SentCode = { id, to, code, earlier: [], sends: 1, failed: 0, maxAttempts, state: 'PENDING' };
      sent.push(made);
      return made;
    },
    renew(entry) {
      entry.earlier.push(entry.code);
      entry.code = digits(entry.code.length);
    },
    find: ({ id, to }) =>
      sent.findLast((each) => (id !== undefined ? each.id === id : to !== undefined && each.to === to)),
    guess(entry, code) {
      if (entry.failed >= entry.maxAttempts) return 'SPENT';
      if (entry.code === code || entry.earlier.includes(code)) {
        entry.state = 'APPROVED';
        return 'RIGHT';
      }
      entry.failed += 1;
      return 'WRONG';
    },
    expire() {
      for (const each of sent) if (each.state === 'PENDING') each.state = 'EXPIRED';
    },
  };
}
