/** `gateway signing-keys add`, `promote`, `retire`: one step of a rotation, on the file that processes start with. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, loadConfig } from '../kernel/config.js';
import { KEYS_ARE_FRESH_SECONDS } from '../server/well-known.js';
import { type KeySetStep, takeKeySetStep } from '../sessions/rotate-key-set.js';
import { ACCESS_TOKEN_SECONDS } from '../sessions/session-record.js';
import { parseSigningKeys, SIGNING_KEYS_FILE } from '../sessions/signing-keys.js';
import { type ChangedFile, changeFile } from './change-file.js';

/** What is to be done after a step. */
interface NextStep {
  /** Seconds between the last restart and the command. */
  readonly waitSeconds: number;
  /** What comes then; null where the rotation is over. */
  readonly command: string | null;
}

export interface RotationReport {
  readonly file: string;
  /** In the order of the file. */
  readonly keys: readonly { readonly kid: string; readonly alg: string; readonly signs: boolean }[];
  /** Behind a restart of every process. */
  readonly next: NextStep;
  /** The file's permissions before, in octal, where others than its user could reach it; they cannot any more. */
  readonly narrowedFrom?: string;
}

/** A verifier keeps the published keys for a while, and tokens live on behind the key that signed them. */
const NEXT: Record<KeySetStep, NextStep> = {
  add: { waitSeconds: KEYS_ARE_FRESH_SECONDS, command: 'gateway signing-keys promote' },
  promote: { waitSeconds: ACCESS_TOKEN_SECONDS, command: 'gateway signing-keys retire' },
  retire: { waitSeconds: 0, command: null },
};

/**
 * Takes one step of a rotation. Processes see it when they start again.
 * @param file that is changed; absent: the one of this environment
 * @throws {Error} saying what to do instead; then the file is as it was
 */
export async function rotateSigningKeys(step: KeySetStep, file = fileOfEnvironment()): Promise<RotationReport> {
  if (!existsSync(file))
    throw new Error(`${file} is not there: \`gateway signing-keys create\` makes what is kept in it.`);
  let after = '';
  const changed = await changeFile(file, async (before) => {
    after = await changeOf(step, file, before);
    return after;
  });
  const { all } = await parseSigningKeys(after);
  return {
    file,
    keys: all.map(({ kid, alg }, place) => ({ kid, alg, signs: place === 0 })),
    next: NEXT[step],
    ...narrowing(changed),
  };
}

function fileOfEnvironment(): string {
  const { signingKeys, dataDirectory } = loadConfig(process.env);
  if (signingKeys === undefined) return join(dataDirectory, SIGNING_KEYS_FILE);
  if (!signingKeys.trimStart().startsWith('{')) return signingKeys;
  throw new Error(
    'GATEWAY_SIGNING_KEYS holds the keys and names no file: put them into a file, run the command with --file, and set the setting to what is in the file then.',
  );
}

async function changeOf(step: KeySetStep, file: string, text: string): Promise<string> {
  try {
    return await takeKeySetStep(step, text);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new Error(`No process would start with ${file}: ${error.faults.join('; ')}.`, { cause: error });
  }
}

function narrowing({ narrowedFrom }: ChangedFile): Pick<RotationReport, 'narrowedFrom'> {
  return narrowedFrom === undefined ? {} : { narrowedFrom: narrowedFrom.toString(8).padStart(4, '0') };
}

/** The report in lines for a person. */
export function describeRotation({ file, keys, next, narrowedFrom }: RotationReport): string {
  const rows = keys.map(({ kid, alg, signs }) => `${kid}  ${alg}  ${signs ? 'signs' : 'is published'}`);
  const then =
    next.command === null
      ? 'The rotation is over with the last restart.'
      : `At least ${next.waitSeconds / 60} minutes after the last restart: ${next.command}`;
  const narrowed = narrowedFrom === undefined ? [] : [`Its mode was ${narrowedFrom}: now its user alone reads it.`];
  return [file, ...rows, ...narrowed, `Next: restart every process. ${then}`].join('\n');
}
