import { defineEntity, p } from '@mikro-orm/core';
import { timestamps, worldKey } from './columns.js';

export const CUSTOMER_TYPES = ['INDIVIDUAL', 'BUSINESS'] as const;

/**
 * A customer of the workspace. A platform id and a UMA address are those of one living customer, and of any number of
 * deleted ones. A primary contact is a pointer, so that there can only be one of a kind.
 */
export const Customer = defineEntity({
  name: 'Customer',
  tableName: 'customer',
  indexes: [
    {
      name: 'customer_platform_id_unique',
      expression:
        'create unique index "customer_platform_id_unique" on "customer" ("workspace_id", "mode", "platform_customer_id") where "deleted_at" is null',
    },
    {
      name: 'customer_uma_address_unique',
      expression:
        'create unique index "customer_uma_address_unique" on "customer" ("workspace_id", "mode", "uma_address") where "deleted_at" is null',
    },
    {
      name: 'customer_of_platform_id_index',
      expression:
        'create index "customer_of_platform_id_index" on "customer" ("workspace_id", "mode", "platform_customer_id", "deleted_at" desc)',
    },
  ],
  properties: {
    ...worldKey,
    id: p.uuid().primary(),
    platformCustomerId: p.string().length(255),
    customerType: p.enum(CUSTOMER_TYPES).default('INDIVIDUAL'),
    umaAddress: p.string().length(255),
    region: p.string().columnType('char(2)').nullable(),
    currencies: p.array().default([]),
    locale: p.string().length(35).nullable(),
    primaryEmailId: p.uuid().nullable(),
    primaryPhoneId: p.uuid().nullable(),
    deletedAt: p.datetime(3).nullable(),
    ...timestamps,
  },
});
