/** What a change of a contact is in the audit log. */
import type { AuditEntry } from '../access/audit.js';
import type { ContactKind } from '../kernel/contact.js';
import { globalId } from '../kernel/ids.js';

/** What the audit log tells of a contact: whose and of which kind, and never which. */
export function contactEvent(
  action: `contact_point.${string}`,
  id: string,
  { customerId, kind }: { readonly customerId: string; readonly kind: ContactKind },
): AuditEntry {
  const details = { kind, customerId: globalId('Customer', customerId) };
  return { action, objectType: 'ContactPoint', objectId: id, details };
}
