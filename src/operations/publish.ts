/** The use case behind `publishOperations`. */
import { setImmediate } from 'node:timers/promises';
import { type Actor, recordAuditInBothModes } from '../access/audit.js';
import type { World } from '../access/principal.js';
import { type Database, run } from '../entities/database.js';
import { badInput } from '../kernel/errors.js';
import { idOfText } from './operation-id.js';

/** Operations in one call at most. */
export const MAX_OPERATIONS = 500;
/** Bytes of one operation's text at most. */
export const MAX_OPERATION_BYTES = 50_000;

export interface OperationInput {
  /** Lower-case hex of the SHA-256 of `body`. */
  readonly id: string;
  readonly body: string;
}

/** What a text was found to be: an operation that can be run, by its name if it has one, or why it is none. */
export type CheckedOperation = { readonly name: string | undefined } | { readonly fault: string };

/** Parses a text and validates it against the schema and the limits, without running it. */
export type CheckOperation = (body: string) => CheckedOperation;

export interface Published {
  readonly published: number;
  readonly alreadyPublished: number;
}

export interface PublishDeps {
  readonly database: Database;
  readonly check: CheckOperation;
}

// Sorted by id: two calls that publish the same ones wait for each other and do not deadlock.
const INSERT = `
  insert into operation (workspace_id, sha256, name, body)
  select $1, sha256, name, body from unnest($2::text[], $3::text[], $4::text[]) as u (sha256, name, body)
  order by sha256
  on conflict (workspace_id, sha256) do nothing
  returning sha256`;

/**
 * Publishes all of the operations or, where one has a fault, none. An operation that is published already is counted
 * and nothing else: its text cannot have changed.
 * @throws {GatewayError} BAD_USER_INPUT that names the first operation with a fault
 */
export async function publishOperations(
  { database, check }: PublishDeps,
  world: World,
  actor: Actor,
  operations: readonly OperationInput[],
): Promise<Published> {
  if (operations.length < 1 || operations.length > MAX_OPERATIONS) {
    throw badInput('input.operations', `must be 1 to ${MAX_OPERATIONS} operations`);
  }
  const checked = new Map<string, { name: string | null; body: string }>();
  for (const [index, { id, body }] of operations.entries()) {
    checked.set(id, { name: checkedName(check, `input.operations.${index}`, { id, body }), body });
    // A hundred kilobytes of documents are validated without holding up the requests of others.
    await setImmediate();
  }
  const bodies = [...checked.values()];
  const columns = [[...checked.keys()], bodies.map(({ name }) => name), bodies.map(({ body }) => body)];
  return database.transaction(async (transaction) => {
    const rows = await run(transaction, INSERT, [world.workspaceId, ...columns]);
    const outcome = { published: rows.length, alreadyPublished: operations.length - rows.length };
    if (rows.length > 0) {
      const { workspaceId } = world;
      const entry = { action: 'operations.published', objectType: 'Workspace', objectId: workspaceId } as const;
      await recordAuditInBothModes(transaction, workspaceId, actor, { ...entry, details: { ...outcome } });
    }
    return outcome;
  });
}

function checkedName(check: CheckOperation, argument: string, { id, body }: OperationInput): string | null {
  if (Buffer.byteLength(body) > MAX_OPERATION_BYTES) {
    throw badInput(`${argument}.body`, `must be at most ${MAX_OPERATION_BYTES} bytes`);
  }
  if (id !== idOfText(body)) throw badInput(`${argument}.id`, 'must be the SHA-256 of body in lower-case hex');
  const found = check(body);
  if ('fault' in found) throw badInput(`${argument}.body`, found.fault);
  return found.name?.slice(0, 100) ?? null;
}
