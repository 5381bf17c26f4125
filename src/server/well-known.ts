/** What other services verify tokens by: the public keys and who issues (OpenID Connect Discovery 1.0 section 3). */

import type { FastifyInstance } from 'fastify';
import { CUSTOMER_SCOPES } from '../access/scopes.js';
import type { SigningKeys } from '../sessions/signing-keys.js';

/** Seconds that a verifier may keep the keys: a new key is published for longer than that before it signs. */
export const KEYS_ARE_FRESH_SECONDS = 300;

export function registerWellKnown(app: FastifyInstance, issuer: string, { all }: SigningKeys): void {
  const keys = { keys: all.map(({ jwk }) => jwk) };
  const configuration = {
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    // There is no authorization endpoint: a session starts with confirmConnectCode, and yields an id token.
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [...new Set(all.map(({ alg }) => alg))],
    scopes_supported: CUSTOMER_SCOPES,
    claims_supported: [
      ...['iss', 'aud', 'sub', 'iat', 'exp', 'nonce', 'auth_time', 'amr'],
      ...['email', 'email_verified', 'phone_number', 'phone_number_verified'],
    ],
  };
  const cached = `public, max-age=${KEYS_ARE_FRESH_SECONDS}`;
  app.get('/.well-known/jwks.json', (_, reply) =>
    reply.header('cache-control', cached).type('application/jwk-set+json').send(keys),
  );
  app.get('/.well-known/openid-configuration', (_, reply) => reply.header('cache-control', cached).send(configuration));
}
