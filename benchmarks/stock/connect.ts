/** Connect as a first version has it: a code for the phone behind an email, then a session and its tokens. */
import { hash, randomBytes } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { generateKeyPair, SignJWT } from 'jose';
import { ContactPoint, type Customer, Session, Verification } from './entities.ts';
import { type Context, createPending, refused } from './verification.ts';

const { privateKey } = await generateKeyPair('ES256');
const MINUTE = 60_000;

async function findEnrolled(em: EntityManager, email: string) {
  const isTheirs = { $or: [{ verifiedAt: { $ne: null } }, { isPrimary: true }] };
  const found = await em.findOne(
    ContactPoint,
    { kind: 'EMAIL', value: email, ...isTheirs, customer: { deletedAt: null } },
    { populate: ['customer.contactPoints'] },
  );
  const customer = found?.customer;
  const phone = customer?.contactPoints.find((contact) => contact.kind === 'PHONE' && contact.isPrimary);
  return customer && phone && { customer, phone };
}

/** Tells by its answer and its time who is enrolled. */
export async function sendConnectCode(_: unknown, { input }: { input: { email: string } }, { em }: Context) {
  const enrolled = await findEnrolled(em, input.email);
  if (!enrolled) return { sent: false };
  createPending(em, enrolled.customer, enrolled.phone);
  await em.flush();
  return { sent: true };
}

export async function confirmConnectCode(
  _: unknown,
  { input }: { input: { email: string; code: string } },
  { em }: Context,
) {
  const enrolled = await findEnrolled(em, input.email);
  if (!enrolled) return refused('CODE_INCORRECT');
  const { customer, phone } = enrolled;
  const pending = { customer, contactPoint: phone, status: 'PENDING', expiresAt: { $gt: new Date() } };
  const verification = await em.findOne(Verification, pending, { orderBy: { createdAt: 'desc' } });
  if (!verification || verification.failedAttempts >= verification.maxAttempts) return refused('CODE_INCORRECT');
  if (verification.code !== input.code) {
    verification.failedAttempts += 1;
    await em.flush();
    return refused('CODE_INCORRECT');
  }
  verification.status = 'VERIFIED';
  verification.verifiedAt = new Date();
  phone.verifiedAt = new Date();
  const refreshToken = randomBytes(32).toString('base64url');
  const refreshableUntil = new Date(Date.now() + 30 * MINUTE);
  em.create(Session, { customer, refreshTokenHash: hash('sha256', refreshToken), refreshableUntil });
  await em.flush();
  const [accessToken, idToken] = await Promise.all([tokenOf(customer, 'at+jwt'), tokenOf(customer, 'JWT')]);
  const tokens = { accessToken, idToken, refreshToken, expiresInSeconds: 300, refreshableUntil };
  return { __typename: 'CustomerSession', ...tokens, customer };
}

const tokenOf = (customer: Customer, typ: string) =>
  new SignJWT({ email: customer.contactPoints.find(({ kind }) => kind === 'EMAIL')?.value })
    .setProtectedHeader({ alg: 'ES256', typ })
    .setSubject(customer.id)
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(privateKey);
