/** Ids of operations: the SHA-256 of their text, as GraphQL over HTTP (appendix A, Persisted Documents) has them. */
import { hash } from 'node:crypto';

const SHA256 = /^[0-9a-f]{64}$/;
const PREFIX = 'sha256:';

/** The lower-case hex in `sha256:<hex>` or in the bare `<hex>`; undefined for an id of any other form. */
export function sha256Of(id: string): string | undefined {
  const hex = id.startsWith(PREFIX) ? id.slice(PREFIX.length) : id;
  return SHA256.test(hex) ? hex : undefined;
}

/** The id of a text: lower-case hex of the SHA-256 of its UTF-8. */
export function idOfText(text: string): string {
  return hash('sha256', text, 'hex');
}
