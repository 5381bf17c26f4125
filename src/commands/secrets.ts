/** `gateway secrets create` and `gateway secrets status`: what a rotation of GATEWAY_SECRET begins and ends with. */
import { randomBytes } from 'node:crypto';
import { keptSecret } from '../entities/data-directory.js';
import { KEYED_KINDS, type KeyedKind, type RowsUnderKey } from '../entities/rows-under-keys.js';
import { missingDatabase } from '../entities/storage.js';
import { type Config, loadConfig } from '../kernel/config.js';
import { deriveKeyRing, type KeyPurpose } from '../kernel/key-ring.js';
import { withAdministration } from './administer.js';

/** A secret of 256 bits, in base64: it holds no comma, so it can stand in a list of several. */
export const newSecret = (): string => randomBytes(32).toString('base64');

export interface SecretStatus {
  /** In GATEWAY_SECRET, from 1, which is the newest. */
  readonly place: number;
  /** What the log and the rows call it; several kinds may share one. Says nothing about the secret. */
  readonly keyIds: Readonly<Record<KeyedKind, string>>;
  /** How many rows are under it. */
  readonly rows: Readonly<Record<KeyedKind, number>>;
  /** Whether it is an older one that no row needs any more. */
  readonly removable: boolean;
}

export interface SecretsReport {
  readonly secrets: readonly SecretStatus[];
  /** What no configured secret opens or checks: nothing of it is good for anything until its secret is back. */
  readonly lost: readonly RowsUnderKey[];
  /** What may still need an older secret without a row that says so. */
  readonly untold: readonly string[];
}

/** What the keys that rows of a kind name are derived for. */
export const PURPOSES: Record<KeyedKind, KeyPurpose> = {
  instruments: 'instrument',
  webhookSecrets: 'webhook',
  previousWebhookSecrets: 'webhook',
  userTokens: 'user-token',
  codes: 'code',
  links: 'link',
};

const UNTOLD = [
  'codes of connect: the rows that they are found by name no key, for 10 minutes',
  'refresh tokens: only one that is asked for again within 10 seconds needs the secret of its first answer',
  'notices in the queue: sent within a minute, and within a day and a half at most while their provider is down',
];

/**
 * Looks at how much is under which secret of this environment. Changes nothing.
 * @throws {Error} where there is no secret to look for, or no database or table to look into
 */
export async function readSecretsStatus(): Promise<SecretsReport> {
  const config = loadConfig(process.env);
  const secrets = configuredSecrets(config);
  const reason = await missingDatabase(config);
  if (reason !== undefined) throw new Error(reason);
  const rows = await withAdministration(({ countRowsUnderKeys }) => countRowsUnderKeys({}), { migrate: false }).catch(
    (error: unknown) => {
      throw isTableMissing(error) ? new Error('The database has no tables yet: run `gateway migrate`.') : error;
    },
  );
  return reportOf(secrets, rows);
}

// Made here, a secret would be nobody's, and all that there is would look lost.
function configuredSecrets({ secrets, dataDirectory }: Config): readonly string[] {
  const kept = secrets.length > 0 ? undefined : keptSecret(dataDirectory);
  if (secrets.length === 0 && kept === undefined)
    throw new Error(
      `GATEWAY_SECRET is not set and ${dataDirectory} holds none: run the command with the settings of the processes.`,
    );
  return kept === undefined ? secrets : [kept];
}

const UNDEFINED_TABLE = '42P01';
const isTableMissing = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === UNDEFINED_TABLE;

/** What rows say of secrets. @param secrets newest first */
export function reportOf(secrets: readonly string[], rows: readonly RowsUnderKey[]): SecretsReport {
  const perKind = <T>(of: (kind: KeyedKind) => T) =>
    Object.fromEntries(KEYED_KINDS.map((kind) => [kind, of(kind)])) as Record<KeyedKind, T>;
  const rings = perKind((kind) => deriveKeyRing(secrets, PURPOSES[kind]));
  // By the first place that a key has: one secret named twice is in use once.
  const placeOf = ({ kind, keyId }: RowsUnderKey) => rings[kind].all.findIndex(({ id }) => id === keyId);
  const statuses = secrets.map((_, place): SecretStatus => {
    const own = rows.filter((row) => placeOf(row) === place);
    return {
      place: place + 1,
      keyIds: perKind((kind) => rings[kind].all[place]?.id ?? ''),
      rows: perKind((kind) => own.find((row) => row.kind === kind)?.count ?? 0),
      removable: place > 0 && own.length === 0,
    };
  });
  return { secrets: statuses, lost: rows.filter((row) => placeOf(row) < 0), untold: UNTOLD };
}

const WORDS: Record<KeyedKind, string> = {
  instruments: 'instruments',
  webhookSecrets: 'webhook secrets',
  previousWebhookSecrets: 'previous webhook secrets',
  userTokens: 'lent user tokens',
  codes: 'live codes',
  links: 'links',
};

/** The report in lines for a person. */
export function describeSecrets({ secrets, lost, untold }: SecretsReport): string {
  const lines = secrets.flatMap(({ place, keyIds, rows, removable }) => [
    `${place}  ${place === 1 ? 'the newest: all that is new is under it' : verdictOf(removable)}`,
    ...KEYED_KINDS.map((kind) => `     ${String(rows[kind]).padStart(8)}  ${WORDS[kind]} (key ${keyIds[kind]})`),
  ]);
  const missing = lost.map(
    ({ kind, keyId, count }) =>
      `LOST ${String(count).padStart(8)}  ${WORDS[kind]} under key ${keyId}, which no secret makes`,
  );
  const hint = secrets.length > 1 ? ['What no row tells of:', ...untold.map((each) => `  ${each}`)] : [];
  return [...lines, ...missing, ...hint].join('\n');
}

const verdictOf = (removable: boolean): string =>
  removable
    ? 'nothing is under it: it can be removed, unless it is the new one that is to be the first'
    : 'in use: workers move instruments and webhook secrets, and the rest expires within an hour';
