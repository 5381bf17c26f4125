/** Which methods a path takes, for the `Allow` of a 405 (RFC 9110 section 15.5.6). */
import type { FastifyInstance } from 'fastify';

/**
 * Call it before the routes are added.
 * @returns the methods of the path of a URL; none where it is no path, or one with parameters
 */
export function methodsByPath(app: FastifyInstance): (url: string) => string[] {
  // Looked up as text: Fastify's own search reads a path as the pattern of a route, regular expressions included, and
  // whoever asks would write them.
  const paths = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const methods = paths.get(url) ?? new Set();
    for (const each of [method].flat()) methods.add(each);
    paths.set(url, methods);
  });
  return (url) => [...(paths.get(url.split('?', 1)[0] as string) ?? [])].sort();
}
