/** `gateway doctor`: looks at everything that a process needs, changes nothing and sends nothing. */
import { type Config, ConfigError, loadConfig } from '../kernel/config.js';
import { buildProviders } from '../providers/build.js';
import { type Provider, ProviderError } from '../providers/provider.js';
import { examineRedis, examineReplica } from './doctor-beside.js';
import { examineSigningKeys } from './doctor-signing-keys.js';
import { examineStorage } from './doctor-storage.js';
import { type Finding, failed, passed } from './finding.js';

/** Runs every check that can be run; one that fails does not keep the others from being told. */
export async function diagnose(): Promise<Finding[]> {
  let config: Config;
  try {
    config = loadConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults.map((detail) => ({ check: 'configuration', ok: false, detail }));
  }
  const mode = config.production ? 'production' : 'development';
  return [
    { check: 'configuration', ok: true, detail: `${mode}, public at ${config.publicUrl}` },
    await examineSigningKeys(config),
    ...(await examineStorage(config)),
    ...(await examineReplica(config)),
    ...(await examineRedis(config)),
    ...(await examineProviders(config)),
    examineProxies(config),
  ];
}

async function examineProviders(config: Config): Promise<Finding[]> {
  try {
    const registry = await buildProviders(config);
    try {
      const live = registry.all().filter(({ mode }) => mode === 'LIVE');
      if (live.length === 0) return [passed('providers', 'none configured: live mode sends nothing')];
      return await Promise.all(live.map(examineProvider));
    } finally {
      await registry.close();
    }
  } catch (error) {
    return [failed('providers', (error as Error).message)];
  }
}

const PROBE_MS = 10_000;

async function examineProvider(provider: Provider): Promise<Finding> {
  const check = `provider ${provider.name}`;
  try {
    await provider.probe(AbortSignal.timeout(PROBE_MS));
    return passed(
      check,
      `reached, takes the credentials, carries ${Object.keys(provider.capabilities.channels).join(', ')}`,
    );
  } catch (error) {
    return failed(check, error instanceof ProviderError ? error.reason : 'cannot be asked');
  }
}

/** The gateway speaks HTTP: where the world reaches it by https, a proxy stands in front. */
function examineProxies({ production, publicUrl, trustedProxies }: Config): Finding {
  if (trustedProxies.length > 0) return passed('proxies', `trusted: ${trustedProxies.join(', ')}`);
  return production && publicUrl.startsWith('https:')
    ? failed(
        'proxies',
        'the public URL is https, so a proxy is in front; none is trusted, and all its clients share their limits',
      )
    : passed('proxies', 'none is trusted: the address of the socket is the client');
}
