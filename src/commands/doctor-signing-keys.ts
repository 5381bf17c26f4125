/** The keys that tokens are signed with, which a process that serves reads when it starts. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, ConfigError } from '../kernel/config.js';
import { loadSigningKeys, SIGNING_KEYS_FILE } from '../sessions/signing-keys.js';
import { type Finding, failed, passed } from './finding.js';

export async function examineSigningKeys(config: Config): Promise<Finding> {
  if (config.signingKeys === undefined && !existsSync(join(config.dataDirectory, SIGNING_KEYS_FILE)))
    return passed('signing keys', 'made at the first start');
  try {
    const { current, all } = await loadSigningKeys(config);
    const others = all.length === 1 ? '' : `, ${all.length - 1} more verify`;
    return passed('signing keys', `${current.kid} signs by ${current.alg}${others}`);
  } catch (error) {
    return failed('signing keys', error instanceof ConfigError ? error.faults.join('; ') : (error as Error).message);
  }
}
