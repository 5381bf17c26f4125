import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Guard } from '../schema/guard.js';
import { SendEmailLinkInput } from '../schema/verification.inputs.js';
import { SendVerificationResult } from '../schema/verification.results.js';
import { refusal } from '../verification/problems.js';
import { callerOf, type RequestContext } from './context.js';
import { customerIdOf } from './own-customer.js';
import { toSendResult } from './verification.map.js';

@Resolver()
export class LinkResolver {
  @Mutation(() => SendVerificationResult, {
    description:
      "Sends a link by email. Only the person's own click on its page confirms: opening it, as mail scanners do, changes nothing.",
  })
  @Guard({
    scopes: [['verifications:write'], ['self:write']],
    limits: [
      { max: 20, window: '10m', by: ['customer', 'args.input.email'] },
      { max: 3000, window: '1m', by: ['key'] },
    ],
  })
  async sendEmailLink(
    @Ctx() context: RequestContext,
    @Arg('input', () => SendEmailLinkInput, { description: 'To whom, and where the link ends.' })
    input: SendEmailLinkInput,
  ): Promise<typeof SendVerificationResult> {
    const customerId = customerIdOf(callerOf(context), 'input.customerId', input.customerId);
    if (customerId === undefined) return toSendResult(refusal('NOT_FOUND'));
    const send = {
      customerId,
      email: input.email,
      redirectUri: input.redirectUri,
      updatePrimary: input.updatePrimary ?? false,
      content: input.content ?? undefined,
      locale: input.locale ?? undefined,
      timeoutSeconds: input.timeoutSeconds ?? 600,
      idempotencyKey: input.idempotencyKey ?? undefined,
      requestId: context.requestId,
      clientIp: context.clientIp,
    };
    return toSendResult(await context.gateway.sendLink(callerOf(context), send));
  }
}
