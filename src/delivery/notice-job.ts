/** The job that tells the holder of a contact: it brings the contact along, sealed for itself. */
import type { ContactKind } from '../kernel/contact.js';
import { newId } from '../kernel/ids.js';
import type { KeyRing } from '../kernel/key-ring.js';
import { seal, unseal } from '../kernel/seal.js';
import type { Mode } from '../kernel/world.js';
import { currentRequestId } from '../telemetry/request-scope.js';
import type { TraceCarrier } from '../telemetry/tracing.js';

export interface NoticeJob extends TraceCarrier {
  workspaceId: string;
  mode: Mode;
  /** The notice itself: the same for every try. */
  noticeId: string;
  customerId: string;
  /** The contact that gave way, for the log. */
  contactPointId: string;
  kind: ContactKind;
  /** Its value under this key of the ring, in base64. Whoever removes the contact at once must silence nothing. */
  keyId: string;
  sealed: string;
  /** The request that changed it, for the log. */
  requestId: string;
}

/** The holder of a contact who is to be told. */
export interface Notice {
  readonly workspaceId: string;
  readonly mode: Mode;
  readonly customerId: string;
  readonly kind: ContactKind;
  readonly contact: { readonly id: string; readonly value: string };
}

/** @param keys what the contact is sealed with */
export function noticeJob(keys: KeyRing, { workspaceId, mode, customerId, kind, contact }: Notice): NoticeJob {
  const noticeId = newId();
  const { keyId, box } = seal(keys, contact.value, noticePlace({ workspaceId, mode, noticeId }));
  const ids = { workspaceId, mode, noticeId, customerId, contactPointId: contact.id };
  return { ...ids, kind, keyId, sealed: box.toString('base64'), requestId: currentRequestId() ?? '' };
}

const noticePlace = ({ workspaceId, mode, noticeId }: Pick<NoticeJob, 'workspaceId' | 'mode' | 'noticeId'>) => [
  workspaceId,
  mode,
  noticeId,
];

/**
 * Whom a notice goes to.
 * @throws {Error} when its key was taken out of the configuration
 */
export const noticeRecipient = (keys: KeyRing, job: NoticeJob): string =>
  unseal(keys, { keyId: job.keyId, box: Buffer.from(job.sealed, 'base64') }, noticePlace(job));
