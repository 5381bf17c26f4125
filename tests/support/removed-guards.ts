/** Guards of the gateway, each with a patch that takes it out, and the tests that have to notice. */
import type { Edit } from './patched-copy.js';

export interface RemovedGuard {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** As vitest takes it. */
  readonly project: 'unit' | 'integration' | 'concurrency';
  readonly test: string;
}

const COUNT_GUESS = 'src/verification/count-guess.ts';

export const REMOVED_GUARDS: readonly RemovedGuard[] = [
  {
    name: 'a mutation has one root field',
    edits: [{ file: 'src/server/operation-limits.ts', find: 'mutation ? 1 : ', replace: 'mutation ? 1_000 : ' }],
    project: 'integration',
    test: 'amplification',
  },
  {
    name: 'a link leads to an entry of the list and nowhere else',
    edits: [
      {
        file: 'src/kernel/redirect.ts',
        find: 'list.find((entry) => parseRedirectUri(entry) === wanted)',
        replace: 'list.some((entry) => wanted.startsWith(new URL(entry).origin)) ? wanted : undefined',
      },
    ],
    project: 'unit',
    test: 'kernel/redirect',
  },
  {
    name: 'a guess is counted only within the attempts',
    edits: [
      {
        file: COUNT_GUESS,
        find: `and \${isOpen('v')}`,
        replace: "and v.status = 'PENDING' and v.expires_at > now()",
      },
    ],
    project: 'integration',
    test: 'guess-block',
  },
  {
    name: 'a guess is counted only before the expiry',
    edits: [
      {
        file: COUNT_GUESS,
        find: `and \${isOpen('v')}`,
        replace: "and v.status = 'PENDING' and v.failed_attempts < v.max_attempts",
      },
    ],
    project: 'integration',
    test: 'magic-recipients',
  },
  {
    name: 'a guess is counted before it is compared',
    edits: [
      {
        file: COUNT_GUESS,
        find: 'update verification v set failed_attempts = v.failed_attempts + 1, updated_at = now()\n',
        replace: 'select v.* from verification v\n',
      },
      { file: COUNT_GUESS, find: '    returning v.*\n', replace: '' },
      {
        file: 'src/verification/confirm.ts',
        find: "  if (verdict === 'INCORRECT') return",
        replace:
          "  if (verdict === 'INCORRECT') await pool.executeQuery({ sql: 'update verification set failed_attempts = failed_attempts + 1 where id = $1 and failed_attempts < max_attempts', parameters: [verification.id], query: { kind: 'RawNode' } } as never);\n  if (verdict === 'INCORRECT') return",
      },
    ],
    project: 'concurrency',
    test: 'guesses',
  },
  {
    name: 'a right guess is taken once',
    edits: [
      {
        file: 'src/verification/settle-statement.ts',
        find: "and id = $3 and status = 'PENDING'",
        replace: 'and id = $3',
      },
    ],
    project: 'concurrency',
    test: 'guesses',
  },
  {
    name: 'a hundred wrong guesses block a contact',
    edits: [{ file: COUNT_GUESS, find: 'where g.wrong_guesses < ', replace: 'where 1 < ' }],
    project: 'integration',
    test: 'guess-block',
  },
  {
    name: 'a field needs its scopes',
    edits: [
      {
        file: 'src/schema/enforce-guards.ts',
        find: 'if (!holdsScopes(principal, rule.scopes))',
        replace: 'if (false)',
      },
    ],
    project: 'integration',
    test: 'credentials',
  },
  {
    name: 'a limit refuses',
    edits: [{ file: 'src/access/rate-limiter.ts', find: 'if (verdict === undefined) return;', replace: 'return;' }],
    project: 'integration',
    test: 'limits',
  },
  {
    name: 'a refresh token is spent once',
    edits: [{ file: 'src/sessions/refresh.ts', find: 't.hash = $3 and t.spent_at is null', replace: 't.hash = $3' }],
    project: 'integration',
    test: 'refresh',
  },
  {
    name: 'a seal opens where it was made for',
    edits: [
      { file: 'src/kernel/seal.ts', find: '  cipher.setAAD(placeBytes(place));\n', replace: '' },
      { file: 'src/kernel/seal.ts', find: '  decipher.setAAD(placeBytes(place));\n', replace: '' },
    ],
    project: 'integration',
    test: 'saved-methods',
  },
];
