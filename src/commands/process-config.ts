/** What a process that serves or works is started with. */
import { type Config, ConfigError, loadConfig } from '../kernel/config.js';
import { loadSigningKeys } from '../sessions/signing-keys.js';

/**
 * The configuration, its signing keys looked at as well: before anything is opened, so that all faults are told at once.
 * @throws {ConfigError}
 */
export async function loadProcessConfig(env: Readonly<Record<string, string | undefined>>): Promise<Config> {
  const faults: string[] = [];
  const note = (error: unknown): undefined => {
    if (!(error instanceof ConfigError)) throw error;
    faults.push(...error.faults);
  };
  const load = () => {
    try {
      return loadConfig(env);
    } catch (error) {
      return note(error);
    }
  };
  const config = load();
  const signingKeys = env['GATEWAY_SIGNING_KEYS'];
  // Absent, they are made in the data directory, which is not opened yet.
  if (signingKeys) await loadSigningKeys({ signingKeys, dataDirectory: '' }).catch(note);
  if (!config || faults.length > 0) throw new ConfigError(faults);
  return config;
}
