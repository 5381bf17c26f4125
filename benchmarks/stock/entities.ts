/** The entities of the stock server, as MikroORM's guide defines them. */
import { defineEntity, p } from '@mikro-orm/postgresql';

const timestamps = {
  createdAt: p.datetime().onCreate(() => new Date()),
  updatedAt: p
    .datetime()
    .onCreate(() => new Date())
    .onUpdate(() => new Date()),
};

const uuid = () =>
  p
    .uuid()
    .primary()
    .onCreate(() => crypto.randomUUID());

const ApiKeySchema = defineEntity({
  name: 'ApiKey',
  properties: { id: uuid(), secretHash: p.string().unique() },
});
export class ApiKey extends ApiKeySchema.class {}
ApiKeySchema.setClass(ApiKey);

const CustomerSchema = defineEntity({
  name: 'Customer',
  properties: {
    id: uuid(),
    platformCustomerId: p.string().unique(),
    customerType: p.string(),
    umaAddress: p.string(),
    region: p.string(),
    currencies: p.array(),
    locale: p.string().nullable(),
    deletedAt: p.datetime().nullable(),
    ...timestamps,
    contactPoints: () => p.oneToMany(ContactPoint).mappedBy('customer'),
    savedMethods: () => p.oneToMany(SavedMethod).mappedBy('customer'),
  },
});
export class Customer extends CustomerSchema.class {}
CustomerSchema.setClass(Customer);

const ContactPointSchema = defineEntity({
  name: 'ContactPoint',
  indexes: [{ properties: ['kind', 'value'] }],
  properties: {
    id: uuid(),
    customer: () => p.manyToOne(Customer).index(),
    kind: p.string(),
    value: p.string(),
    isPrimary: p.boolean(),
    verifiedAt: p.datetime().nullable(),
    ...timestamps,
  },
});
export class ContactPoint extends ContactPointSchema.class {}
ContactPointSchema.setClass(ContactPoint);

const SavedMethodSchema = defineEntity({
  name: 'SavedMethod',
  properties: {
    id: uuid(),
    customer: () => p.manyToOne(Customer).index(),
    fingerprint: p.string(),
    type: p.string(),
    brand: p.string().nullable(),
    last4: p.string().nullable(),
    expiryMonth: p.integer().nullable(),
    expiryYear: p.integer().nullable(),
    archivedAt: p.datetime().nullable(),
    ...timestamps,
  },
});
export class SavedMethod extends SavedMethodSchema.class {}
SavedMethodSchema.setClass(SavedMethod);

const VerificationSchema = defineEntity({
  name: 'Verification',
  properties: {
    id: uuid(),
    customer: () => p.manyToOne(Customer).index(),
    contactPoint: () => p.manyToOne(ContactPoint),
    code: p.string(),
    status: p.string(),
    codeLength: p.integer(),
    maxAttempts: p.integer(),
    failedAttempts: p.integer(),
    timeoutSeconds: p.integer(),
    expiresAt: p.datetime(),
    verifiedAt: p.datetime().nullable(),
    ...timestamps,
  },
});
export class Verification extends VerificationSchema.class {}
VerificationSchema.setClass(Verification);

const SessionSchema = defineEntity({
  name: 'Session',
  properties: {
    id: uuid(),
    customer: () => p.manyToOne(Customer),
    refreshTokenHash: p.string().unique(),
    refreshableUntil: p.datetime(),
    ...timestamps,
  },
});
export class Session extends SessionSchema.class {}
SessionSchema.setClass(Session);
