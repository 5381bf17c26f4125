import { defineEntity, p } from '@mikro-orm/core';
import { timestamps, worldKey } from './columns.js';

export const SAVED_METHOD_TYPES = ['CARD', 'BANK_ACCOUNT', 'APPLE_PAY', 'GOOGLE_PAY', 'TOKEN'] as const;
export type SavedMethodType = (typeof SAVED_METHOD_TYPES)[number];

export const CARD_TYPES = ['CREDIT', 'DEBIT', 'PREPAID', 'HSA_FSA', 'UNKNOWN'] as const;
export type CardType = (typeof CARD_TYPES)[number];

/** An instrument that a customer saved, once for all merchants: what may be shown of it, and never its number. */
export const SavedMethod = defineEntity({
  name: 'SavedMethod',
  tableName: 'saved_method',
  uniques: [
    { name: 'saved_method_fingerprint_unique', properties: ['workspaceId', 'mode', 'customerId', 'fingerprint'] },
  ],
  indexes: [{ name: 'saved_method_of_customer_index', properties: ['workspaceId', 'mode', 'customerId', 'id'] }],
  checks: [
    { name: 'saved_method_fingerprint_check', expression: 'octet_length("fingerprint") = 32' },
    { name: 'saved_method_last4_check', expression: `"last4" ~ '^[0-9]{4}$'` },
    { name: 'saved_method_expiry_month_check', expression: '"expiry_month" >= 1 and "expiry_month" <= 12' },
    { name: 'saved_method_expiry_year_check', expression: '"expiry_year" >= 2000 and "expiry_year" <= 2100' },
  ],
  properties: {
    ...worldKey,
    id: p.uuid().primary(),
    customerId: p.uuid(),
    /** An HMAC of the processor's fingerprint: two instruments can be told apart and neither can be told. */
    fingerprint: p.blob(),
    type: p.enum(SAVED_METHOD_TYPES),
    brand: p.string().length(50).nullable(),
    cardType: p.enum(CARD_TYPES).nullable(),
    last4: p.string().columnType('char(4)').nullable(),
    expiryMonth: p.smallint().nullable(),
    expiryYear: p.smallint().nullable(),
    holderName: p.string().length(100).nullable(),
    issuerCountry: p.string().columnType('char(2)').nullable(),
    bankName: p.string().length(100).nullable(),
    currency: p.string().columnType('char(3)').nullable(),
    archivedAt: p.datetime(3).nullable(),
    ...timestamps,
  },
});
