import type { SavedMethodRecord } from '../customers/saved-methods/record.js';
import { globalId } from '../kernel/ids.js';
import type { SavedMethod } from '../schema/saved-method.types.js';

/** A saved method as the schema shows it. */
export function toSavedMethod(record: SavedMethodRecord): SavedMethod {
  return { ...record, id: globalId('SavedMethod', record.id) };
}
