/** What the route of the vendors' reports takes at all, before any signature is looked at. */
import { afterAll, describe, expect, test } from 'vitest';
import { startGateway } from '../support/harness.js';
import { webhookSettings } from '../support/vendors/settings.js';

const gateway = await startGateway({ env: webhookSettings() });
afterAll(() => gateway[Symbol.asyncDispose]());

describe('POST /callbacks', () => {
  test.each([
    ['a provider that nobody knows', 'nobody', 'application/json', '{}', 404],
    ['a provider that reports nothing', 'test-mode', 'application/json', '{}', 404],
    ['a body that is too large', 'http', 'application/json', `"${'x'.repeat(100_000)}"`, 413],
    ['a body of another kind', 'http', 'multipart/form-data', 'x', 415],
    ['no signature', 'http', 'text/plain', '{}', 403],
    ['no body', 'http', 'application/json', '', 403],
  ])('refuses %s', async (_, provider, type, body, status) => {
    const response = await fetch(`${gateway.url}/callbacks/${provider}`, {
      method: 'POST',
      headers: { 'content-type': type },
      body,
    });
    expect(response.status).toBe(status);
    expect(await response.text()).not.toMatch(/signature|secret/i);
  });

  test('leaves other routes as they were: GraphQL takes no form', async () => {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      body: new URLSearchParams({ query: '{ __typename }' }),
    });
    expect(response.status).toBeGreaterThanOrEqual(400);
  });
});
