/** What a message is called outside: vendors are given it, and their reports bring it back. */
import type { StepKey } from './step-store.js';

/** The same at every try, so that whoever knows idempotency sends a message once. */
export const messageIdOf = ({ verificationId, index, send }: StepKey): string =>
  [verificationId, index, send].join('.');

/** Of live mode, because test mode sends nothing outside. */
export function referenceOf(key: StepKey): string {
  return `${key.workspaceId}.${messageIdOf(key)}`;
}

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const REFERENCE = new RegExp(`^(${UUID})\\.(${UUID})\\.(\\d)\\.([1-9]\\d?)$`);

/** The message that a reference is about, or undefined for text that is none. */
export function parseReference(text: string): StepKey | undefined {
  const [, workspaceId, verificationId, index, send] = REFERENCE.exec(text) ?? [];
  if (!workspaceId || !verificationId) return undefined;
  return { workspaceId, mode: 'LIVE', verificationId, index: Number(index), send: Number(send) };
}
