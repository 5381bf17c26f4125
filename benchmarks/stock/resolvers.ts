/** Resolvers as a first version has them: find through the ORM, change the entities, flush the unit of work. */
import { GraphQLScalarType } from 'graphql';
import { REGION } from '../contender.ts';
import { confirmConnectCode, sendConnectCode } from './connect.ts';
import { ContactPoint, Customer, Verification } from './entities.ts';
import { type Context, createPending, refused } from './verification.ts';

interface SendInput {
  customerId: string;
  email: string;
}

interface ConfirmInput {
  customerId: string;
  verificationId: string;
  code: string;
}

async function sendEmailVerification(_: unknown, { input }: { input: SendInput }, { em }: Context) {
  const customer = await em.findOne(
    Customer,
    { id: input.customerId, deletedAt: null },
    { populate: ['contactPoints'] },
  );
  if (!customer) return refused('NOT_FOUND');
  const verified = await em.findOne(ContactPoint, { kind: 'EMAIL', value: input.email, verifiedAt: { $ne: null } });
  if (verified) return refused(verified.customer.id === customer.id ? 'ALREADY_VERIFIED' : 'CONTACT_IN_USE');
  const contactPoint =
    customer.contactPoints.find((contact) => contact.kind === 'EMAIL' && contact.value === input.email) ??
    em.create(ContactPoint, { customer, kind: 'EMAIL', value: input.email, isPrimary: false });
  const verification = createPending(em, customer, contactPoint);
  await em.flush();
  return { __typename: 'VerificationSent', verification };
}

async function confirmEmailVerification(_: unknown, { input }: { input: ConfirmInput }, { em }: Context) {
  const verification = await em.findOne(
    Verification,
    { id: input.verificationId, customer: input.customerId },
    { populate: ['customer.contactPoints', 'contactPoint'] },
  );
  if (!verification) return refused('NOT_FOUND');
  if (verification.status !== 'PENDING') return refused('FINISHED');
  if (verification.expiresAt < new Date()) return refused('EXPIRED');
  if (verification.failedAttempts >= verification.maxAttempts) return refused('ATTEMPTS_EXHAUSTED');
  if (verification.code !== input.code) {
    verification.failedAttempts += 1;
    await em.flush();
    const attemptsLeft = verification.maxAttempts - verification.failedAttempts;
    return { __typename: 'CodeIncorrect', code: 'CODE_INCORRECT', message: 'CODE_INCORRECT', attemptsLeft };
  }
  verification.status = 'VERIFIED';
  verification.verifiedAt = new Date();
  verification.contactPoint.verifiedAt = new Date();
  await em.flush();
  return { __typename: 'VerificationConfirmed', verification, customer: verification.customer };
}

const primary = (customer: Customer, kind: string) =>
  customer.contactPoints.find((contact) => contact.kind === kind && contact.isPrimary);
const stateOf = (contact: ContactPoint | undefined) => (contact?.verifiedAt ? 'VERIFIED' : 'PENDING');

export const resolvers = {
  DateTime: new GraphQLScalarType({ name: 'DateTime', serialize: (value) => (value as Date).toISOString() }),
  Query: {
    customer: (_: unknown, { id }: { id: string }, { em }: Context) =>
      em.findOne(Customer, { id }, { populate: ['contactPoints', 'savedMethods'] }),
  },
  Mutation: { sendEmailVerification, confirmEmailVerification, sendConnectCode, confirmConnectCode },
  Customer: {
    email: (customer: Customer) => primary(customer, 'EMAIL')?.value,
    phone: (customer: Customer) => primary(customer, 'PHONE')?.value,
    contactVerification: (customer: Customer) =>
      customer.region === REGION
        ? { email: stateOf(primary(customer, 'EMAIL')), phone: stateOf(primary(customer, 'PHONE')) }
        : null,
    savedMethods: (customer: Customer) => ({
      nodes: customer.savedMethods
        .filter((method) => !method.archivedAt)
        .sort((left, right) => right.createdAt.getTime() - left.createdAt.getTime()),
    }),
    isDeleted: (customer: Customer) => Boolean(customer.deletedAt),
  },
  Verification: {
    attemptsLeft: ({ maxAttempts, failedAttempts }: Verification) => maxAttempts - failedAttempts,
    steps: ({ contactPoint }: Verification) => [{ index: 0, channel: 'EMAIL', to: contactPoint.value, status: 'SENT' }],
  },
};
