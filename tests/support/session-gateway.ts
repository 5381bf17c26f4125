/** A gateway with a session of a customer, for tests of its access token. */
import type { JWK } from 'jose';
import { expect } from 'vitest';
import { startEnrolled } from './enrolled.js';
import { errorOf, postGraphql } from './graphql-client.js';
import { startGateway } from './harness.js';
import { signingKeysIn } from './tokens.js';

export const ISSUER = 'https://id.example.com';

export async function startSessionGateway() {
  const gateway = await startGateway({
    env: { GATEWAY_PUBLIC_URL: ISSUER, TRUSTED_PROXIES: '127.0.0.1' },
    work: false,
  });
  const enrolled = await startEnrolled(gateway);
  const ask = (token: string, headers: Record<string, string> = {}) =>
    postGraphql<{ viewer: { kind: string; customer: { id: string } } }>(
      gateway.url,
      '{ viewer { kind scopes mode customer { id } } }',
      {},
      { key: token, headers },
    );
  return {
    ...enrolled,
    gateway,
    session: await enrolled.start(),
    /** The key that the gateway signs with. */
    ownKey: signingKeysIn(gateway.dataDirectory)[0] as JWK,
    ask,
    expectRefused: async (token: string, headers?: Record<string, string>) =>
      expect(errorOf(await ask(token, headers))).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' }),
  };
}
