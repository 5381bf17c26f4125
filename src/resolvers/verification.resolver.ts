import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { holdsScopes } from '../access/principal.js';
import type { Channel } from '../entities/verification-step.js';
import { type ContactKind, parseEmail, parsePhone } from '../kernel/contact.js';
import { badInput } from '../kernel/errors.js';
import { localId } from '../kernel/ids.js';
import { Customer } from '../schema/customer.types.js';
import { Guard } from '../schema/guard.js';
import {
  ConfirmEmailVerificationInput,
  ConfirmPhoneVerificationInput,
  ConfirmVerificationInput,
  SendEmailVerificationInput,
  SendPhoneVerificationInput,
} from '../schema/verification.inputs.js';
import { ConfirmVerificationResult, SendVerificationResult } from '../schema/verification.results.js';
import { Verification, VerificationStep } from '../schema/verification.types.js';
import type { Target } from '../verification/guess-target.js';
import { refusal } from '../verification/problems.js';
import { callerOf, type RequestContext } from './context.js';
import { toCustomer } from './customer.resolver.js';
import { customerIdOf } from './own-customer.js';
import { messageOf, termsOf } from './send-input.js';
import { toConfirmResult, toSendResult, toStep, toVerification } from './verification.map.js';

type ConfirmInput = ConfirmEmailVerificationInput | ConfirmPhoneVerificationInput;

@Resolver(() => Verification)
export class VerificationResolver {
  @Query(() => Verification, { nullable: true, description: 'One verification. Null where there is none.' })
  @Guard({ scopes: [['verifications:read'], ['self:read']], limits: [{ max: 6000, window: '1m', by: ['key'] }] })
  async verification(
    @Ctx() context: RequestContext,
    @Arg('id', () => ID, { description: 'The verification.' }) id: string,
  ): Promise<Verification | null> {
    const uuid = localId('Verification', id);
    const record = uuid && (await context.gateway.findVerification(callerOf(context), uuid));
    return record ? toVerification(record) : null;
  }

  @Mutation(() => SendVerificationResult, { description: 'Sends a code by email. Nobody is created or logged in.' })
  @Guard({
    scopes: [['verifications:write'], ['self:write']],
    limits: [
      { max: 20, window: '10m', by: ['customer', 'args.input.email'] },
      { max: 3000, window: '1m', by: ['key'] },
    ],
  })
  async sendEmailVerification(
    @Ctx() context: RequestContext,
    @Arg('input', () => SendEmailVerificationInput, { description: 'To whom, and how.' })
    input: SendEmailVerificationInput,
  ): Promise<typeof SendVerificationResult> {
    return send(context, 'EMAIL', input.email ?? undefined, input);
  }

  @Mutation(() => SendVerificationResult, { description: 'Sends a code to a phone. Nobody is created or logged in.' })
  @Guard({
    scopes: [['verifications:write'], ['self:write']],
    limits: [
      { max: 20, window: '10m', by: ['customer', 'args.input.phoneNumber'] },
      { max: 3000, window: '1m', by: ['key'] },
    ],
  })
  async sendPhoneVerification(
    @Ctx() context: RequestContext,
    @Arg('input', () => SendPhoneVerificationInput, { description: 'To whom, and how.' })
    input: SendPhoneVerificationInput,
  ): Promise<typeof SendVerificationResult> {
    const channel = input.channel ?? 'SMS';
    if (channel === 'EMAIL') throw badInput('input.channel', 'must be SMS, WHATSAPP or VOICE');
    return send(context, channel, input.phoneNumber ?? undefined, input);
  }

  @Mutation(() => ConfirmVerificationResult, {
    description: 'Confirms a code that went to an email address. Mints no token.',
  })
  @Guard({
    scopes: [['verifications:write'], ['self:write']],
    limits: [{ max: 6000, window: '1m', by: ['key'] }],
  })
  async confirmEmailVerification(
    @Ctx() context: RequestContext,
    @Arg('input', () => ConfirmEmailVerificationInput, { description: 'The guess.' })
    input: ConfirmEmailVerificationInput,
  ): Promise<typeof ConfirmVerificationResult> {
    const parsed = typeof input.email === 'string' ? parseEmail(input.email) : undefined;
    if (parsed && 'reason' in parsed) throw badInput('input.email', parsed.reason);
    return confirmContact(context, 'EMAIL', parsed?.contact.identity, input);
  }

  @Mutation(() => ConfirmVerificationResult, { description: 'Confirms a code that went to a phone. Mints no token.' })
  @Guard({
    scopes: [['verifications:write'], ['self:write']],
    limits: [{ max: 6000, window: '1m', by: ['key'] }],
  })
  async confirmPhoneVerification(
    @Ctx() context: RequestContext,
    @Arg('input', () => ConfirmPhoneVerificationInput, { description: 'The guess.' })
    input: ConfirmPhoneVerificationInput,
  ): Promise<typeof ConfirmVerificationResult> {
    const parsed = typeof input.phoneNumber === 'string' ? parsePhone(input.phoneNumber) : undefined;
    if (parsed && 'reason' in parsed) throw badInput('input.phoneNumber', parsed.reason);
    return confirmContact(context, 'PHONE', parsed?.contact.identity, input);
  }

  @Mutation(() => ConfirmVerificationResult, { description: 'Confirms the code of a verification. Mints no token.' })
  @Guard({
    scopes: [['verifications:write'], ['self:write']],
    limits: [{ max: 6000, window: '1m', by: ['key'] }],
  })
  async confirmVerification(
    @Ctx() context: RequestContext,
    @Arg('input', () => ConfirmVerificationInput, { description: 'The guess.' }) input: ConfirmVerificationInput,
  ): Promise<typeof ConfirmVerificationResult> {
    const verificationId = localId('Verification', input.verificationId);
    return confirm(context, verificationId === undefined ? undefined : { verificationId }, input);
  }

  @FieldResolver(() => [VerificationStep], { description: 'In the order in which failover takes them.' })
  async steps(@Ctx() context: RequestContext, @Root() source: Verification): Promise<VerificationStep[]> {
    const caller = callerOf(context);
    const steps = source.knownSteps ?? (await context.gateway.listSteps(caller, source.verificationId));
    return steps.map((step) => toStep(step, caller));
  }

  @FieldResolver(() => Customer, {
    nullable: true,
    description: 'Whose contact is verified. Null for a key without customers:read.',
  })
  async customer(@Ctx() context: RequestContext, @Root() source: Verification): Promise<Customer | null> {
    const caller = callerOf(context);
    // A verification is read with other scopes than this: it must not be a way around this one.
    if (!holdsScopes(caller, [['customers:read'], ['self:read']])) return null;
    const record = await context.gateway.findCustomer(caller, source.customerId);
    return record ? toCustomer(record) : null;
  }
}

async function send(
  context: RequestContext,
  channel: Channel,
  recipient: string | undefined,
  input: SendEmailVerificationInput | SendPhoneVerificationInput,
) {
  const customerId = customerIdOf(callerOf(context), 'input.customerId', input.customerId);
  if (customerId === undefined) return toSendResult(refusal('NOT_FOUND'));
  const argument = { step: 'input', recipient: channel === 'EMAIL' ? 'input.email' : 'input.phoneNumber' };
  const step = { channel, recipient, argument, ...messageOf(input) };
  const { requestId, clientIp } = context;
  const send = { ...termsOf(input), customerId, steps: [step], requestId, clientIp };
  return toSendResult(await context.gateway.sendVerification(callerOf(context), send));
}

async function confirmContact(
  context: RequestContext,
  contactKind: ContactKind,
  identity: string | undefined,
  input: ConfirmInput,
) {
  const caller = callerOf(context);
  const { customerId, verificationId } = input;
  if (typeof customerId !== 'string' && typeof verificationId !== 'string' && caller.customerId === undefined) {
    throw badInput('input.customerId', 'name the customer or the verification');
  }
  const target: Target = { contactKind, ...(identity !== undefined && { identity }) };
  if (typeof customerId === 'string') {
    const id = customerIdOf(caller, 'input.customerId', customerId);
    if (id === undefined) return confirm(context, undefined, input);
    target.customerId = id;
  }
  if (typeof verificationId === 'string') {
    const id = localId('Verification', verificationId);
    if (id === undefined) return confirm(context, undefined, input);
    target.verificationId = id;
  }
  return confirm(context, target, input);
}

/** @param target undefined where an id cannot be one: such a verification does not exist */
async function confirm(
  context: RequestContext,
  target: Target | undefined,
  { code, updatePrimary }: { code: string; updatePrimary?: boolean | null },
) {
  if (!target) return toConfirmResult(refusal('NOT_FOUND'));
  const input = { target, code, updatePrimary: updatePrimary ?? false };
  return toConfirmResult(await context.gateway.confirmVerification(callerOf(context), input));
}
