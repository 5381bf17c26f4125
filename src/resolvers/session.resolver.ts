import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { CUSTOMER_SCOPES } from '../access/scopes.js';
import { GatewayError } from '../kernel/errors.js';
import { localId } from '../kernel/ids.js';
import { Customer } from '../schema/customer.types.js';
import { Guard } from '../schema/guard.js';
import {
  ConfirmConnectCodeInput,
  ConnectCode,
  CustomerSession,
  EndSessionInput,
  EndSessionPayload,
  RefreshSessionInput,
  SendConnectCodeInput,
  SessionResult,
} from '../schema/session.types.js';
import type { Refused } from '../schema/verification.results.js';
import type { SessionOutcome } from '../sessions/refresh.js';
import { callerOf, type RequestContext } from './context.js';
import { toCustomer } from './customer.resolver.js';
import { toRefused } from './verification.map.js';

@Resolver(() => CustomerSession)
export class SessionResolver {
  // These limits answer RATE_LIMITED, which differs from `sent: false`: they only stop floods, and the gates of
  // connect are the use case's own.
  @Mutation(() => ConnectCode, {
    description: 'Sends a code to the phone of the customer with this email. One answer for every refusal.',
  })
  @Guard({
    scopes: [['sessions:write']],
    limits: [
      { max: 6000, window: '1m', by: ['key'] },
      { max: 600, window: '1m', by: ['key', 'ip'] },
    ],
  })
  async sendConnectCode(
    @Ctx() context: RequestContext,
    @Arg('input', () => SendConnectCodeInput, { description: 'For whom.' }) { email }: SendConnectCodeInput,
  ): Promise<ConnectCode> {
    const { clientIp, requestId } = context;
    return { sent: await context.gateway.sendConnectCode(callerOf(context), { email, clientIp, requestId }) };
  }

  @Mutation(() => SessionResult, {
    description: 'Confirms a connect code: verifies the phone and starts a session. One answer for every refusal.',
  })
  @Guard({
    scopes: [['sessions:write']],
    limits: [
      { max: 6000, window: '1m', by: ['key'] },
      { max: 600, window: '1m', by: ['key', 'ip'] },
    ],
  })
  async confirmConnectCode(
    @Ctx() context: RequestContext,
    @Arg('input', () => ConfirmConnectCodeInput, { description: 'The guess.' }) input: ConfirmConnectCodeInput,
  ): Promise<typeof SessionResult> {
    const { email, code, sessionId, nonce } = input;
    const guess = { email, code, sessionId: sessionId ?? undefined, nonce: nonce ?? undefined };
    return toSessionResult(await context.gateway.confirmConnectCode(callerOf(context), guess));
  }

  @Mutation(() => SessionResult, {
    description: 'Exchanges a refresh token for new tokens. Showing a spent one ends its session.',
  })
  @Guard({
    scopes: [['sessions:write']],
    limits: [
      { max: 6000, window: '1m', by: ['key'] },
      { max: 600, window: '1m', by: ['key', 'ip'] },
    ],
  })
  async refreshSession(
    @Ctx() context: RequestContext,
    @Arg('input', () => RefreshSessionInput, { description: 'The token.' }) { refreshToken }: RefreshSessionInput,
  ): Promise<typeof SessionResult> {
    return toSessionResult(await context.gateway.refreshSession(callerOf(context), refreshToken));
  }

  @Mutation(() => EndSessionPayload, {
    description: 'Ends sessions: their refresh tokens and their access tokens are refused from now on.',
  })
  @Guard({
    scopes: [['sessions:write'], ['self:write']],
    limits: [
      { max: 6000, window: '1m', by: ['key'] },
      { max: 600, window: '1m', by: ['key', 'ip'] },
    ],
  })
  async endSession(
    @Ctx() context: RequestContext,
    @Arg('input', () => EndSessionInput, { description: 'Which.' }) input: EndSessionInput,
  ): Promise<EndSessionPayload> {
    const named = input.customerId ?? undefined;
    const customerId = named === undefined ? undefined : (localId('Customer', named) ?? null);
    const { refreshToken, everywhere } = input;
    const which = { refreshToken: refreshToken ?? undefined, everywhere: everywhere ?? false, customerId };
    return { ended: await context.gateway.endSession(callerOf(context), which) };
  }

  @FieldResolver(() => Customer, { description: 'Who proved themselves, as the proof left them.' })
  async customer(@Ctx() context: RequestContext, @Root() { customerId }: CustomerSession): Promise<Customer> {
    const caller = callerOf(context);
    const record = await context.gateway.findCustomer(caller, customerId);
    if (!record) throw new GatewayError('NOT_FOUND', 'The customer was deleted meanwhile.');
    // The session was handed out in this very answer: what it may read is not refused because a key asked for it.
    return toCustomer(record, { ...caller, kind: 'CUSTOMER_SESSION', customerId, scopes: CUSTOMER_SCOPES });
  }
}

function toSessionResult(outcome: SessionOutcome): CustomerSession | Refused {
  if (outcome.outcome === 'REFUSED') return toRefused(outcome);
  return Object.assign(new CustomerSession(), { ...outcome.session, tokenType: 'Bearer' });
}
