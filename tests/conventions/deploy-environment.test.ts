/** What an environment file does to a container: nothing that its image, its ports and its probe count on. */
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { readText } from './sources.js';

const dockerfile = readText('Dockerfile');
const [, list = ''] = /^ENV (.+)$/m.exec(dockerfile) ?? [];
const image = Object.fromEntries(list.split(' ').map((entry) => entry.split('=') as [string, string]));

test.each(['gateway', 'worker', 'migrate'])(
  'a .env with an empty NODE_ENV, or with the HOST and PORT of a development machine, changes nothing of the %s in compose.yaml',
  (name) => {
    const { services } = parse(readText('compose.yaml'), { merge: true }) as {
      services: Record<string, { environment: Record<string, string> }>;
    };
    expect(image).toMatchObject({ NODE_ENV: 'production', HOST: '0.0.0.0' });
    expect(services[name]?.environment).toMatchObject(image);
  },
);

/** Runs the probe of the image in a container that answers at one address. @returns the status it exits with */
async function probe(env: Record<string, string>, answering: string): Promise<number> {
  const [, command = ''] = /^HEALTHCHECK .*CMD (\[.+\])$/m.exec(dockerfile) ?? [];
  const [program, flag, script = ''] = JSON.parse(command) as string[];
  expect([program, flag]).toEqual(['node', '-e']);
  const { promise, resolve } = Promise.withResolvers<number>();
  const fetch = async (url: string) => {
    if (new URL(url).href !== answering) throw new Error('refused');
    return { ok: true };
  };
  new Function('process', 'fetch', script)({ env: { ...image, ...env }, exit: resolve }, fetch);
  return promise;
}

test.each<[Record<string, string>, string]>([
  [{}, 'http://127.0.0.1:4000/livez'],
  [{}, 'http://127.0.0.1:4001/livez'],
  [{ PORT: '' }, 'http://127.0.0.1:4000/livez'],
  [{ PORT: '8080' }, 'http://127.0.0.1:8080/livez'],
  [{ GATEWAY_WORKER_PORT: '9090' }, 'http://127.0.0.1:9090/livez'],
])('the probe of the image, with %j, finds the process that answers at %s', async (env, answering) => {
  expect(await probe(env, answering)).toBe(0);
  expect(await probe(env, 'http://127.0.0.1:4999/livez')).toBe(1);
});
