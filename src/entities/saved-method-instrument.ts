import { defineEntity, p } from '@mikro-orm/core';
import { timestamps, worldKey } from './columns.js';

/** What one merchant's processor calls a saved method. Sealed: the row alone charges nobody. */
export const SavedMethodInstrument = defineEntity({
  name: 'SavedMethodInstrument',
  tableName: 'saved_method_instrument',
  indexes: [{ name: 'saved_method_instrument_key_index', properties: ['keyId'] }],
  properties: {
    ...worldKey,
    methodId: p.uuid().primary(),
    merchantId: p.string().length(100).primary(),
    /** Which key of the ring it is sealed with. */
    keyId: p.string().columnType('char(8)'),
    sealed: p.blob(),
    ...timestamps,
  },
});
