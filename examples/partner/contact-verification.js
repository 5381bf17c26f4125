// Asks which contacts of a customer are verified, with nothing but fetch and a key that runs published operations only.
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const { GATEWAY_URL = 'http://127.0.0.1:4000', GATEWAY_KEY = '' } = process.env;
const [platformCustomerId = 'demo-customer'] = process.argv.slice(2);

// The id of a document is the SHA-256 of its bytes, as `sha256sum` prints it.
const operation = readFileSync(new URL('operations/contact-verification.graphql', import.meta.url));
const documentId = `sha256:${hash('sha256', operation, 'hex')}`;

const response = await fetch(`${GATEWAY_URL}/graphql`, {
  method: 'POST',
  headers: { 'content-type': 'application/json', authorization: `Bearer ${GATEWAY_KEY}` },
  body: JSON.stringify({ documentId, variables: { platformCustomerId } }),
});
const { data, errors } = await response.json();

if (errors) {
  const [{ message, extensions }] = errors;
  process.stderr.write(`${extensions.code}: ${message} (request ${extensions.requestId})\n`);
  process.exitCode = 1;
} else {
  process.stdout.write(`${JSON.stringify(data.customer)}\n`);
}
