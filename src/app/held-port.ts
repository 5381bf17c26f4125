/** `PORT=0`: the port is taken before anything is built from it, as links, issuers and callbacks of vendors are. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { type Config, publicUrlAt } from '../kernel/config.js';

export interface HeldPort {
  /** With the port, and a public URL that has it. */
  readonly config: Config;
  /** Gives the port up to whoever listens on it next. */
  release(): Promise<void>;
}

/**
 * Takes a free port where the public URL depends on which it is, and otherwise nothing.
 * @param serves whether the process will listen on it
 * @throws {Error} where the process listens nowhere: there is no port to build the public URL from
 */
export async function holdPort(config: Config, serves: boolean, resources: AsyncDisposableStack): Promise<HeldPort> {
  const { host, port, publicUrl } = config;
  if (port !== 0 || publicUrl !== publicUrlAt(host, 0)) return { config, release: async () => {} };
  if (!serves)
    throw new Error('PORT is 0 and this process serves nothing: set GATEWAY_PUBLIC_URL, which links are built from');
  // Nobody knows the port yet, so nobody is turned away who meant the gateway.
  const holder = createServer((socket) => socket.destroy()).listen(0, host);
  await once(holder, 'listening');
  const release = () => new Promise<void>((resolve) => holder.close(() => resolve()));
  resources.defer(release);
  const { port: free } = holder.address() as AddressInfo;
  return { config: { ...config, port: free, publicUrl: publicUrlAt(host, free) }, release };
}
