import { defineEntity, p } from '@mikro-orm/core';
import { timestamps, worldKey } from './columns.js';

export const CUSTOMER_TYPES = ['INDIVIDUAL', 'BUSINESS'] as const;

/** A customer of the workspace. A primary contact is a pointer, so that there can only be one of a kind. */
export const Customer = defineEntity({
  name: 'Customer',
  tableName: 'customer',
  uniques: [
    { name: 'customer_platform_id_unique', properties: ['workspaceId', 'mode', 'platformCustomerId'] },
    { name: 'customer_uma_address_unique', properties: ['workspaceId', 'mode', 'umaAddress'] },
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
