import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { badInput } from '../kernel/errors.js';
import { localId } from '../kernel/ids.js';
import { Guard } from '../schema/guard.js';
import {
  CancelVerificationInput,
  StartVerificationInput,
  VerificationStepRefInput,
} from '../schema/verification.inputs.js';
import { SendVerificationResult } from '../schema/verification.results.js';
import { refusal } from '../verification/problems.js';
import { callerOf, type RequestContext } from './context.js';
import { customerIdOf } from './own-customer.js';
import { messageOf, termsOf } from './send-input.js';
import { toSendResult } from './verification.map.js';

const SCOPES = [['verifications:write'], ['self:write']] as const;

/** The verification engine with its steps in the open. */
@Resolver()
export class StepsResolver {
  @Mutation(() => SendVerificationResult, {
    description:
      'Starts a verification with an ordered list of steps. The first is sent; the others wait for failover.',
  })
  @Guard({
    scopes: SCOPES,
    limits: [
      { max: 20, window: '10m', by: ['customer'] },
      { max: 3000, window: '1m', by: ['key'] },
    ],
  })
  async startVerification(
    @Ctx() context: RequestContext,
    @Arg('input', () => StartVerificationInput, { description: 'To whom, and in which order.' })
    input: StartVerificationInput,
  ): Promise<typeof SendVerificationResult> {
    if (input.steps.length < 1 || input.steps.length > 10) throw badInput('input.steps', 'must be 1 to 10 steps');
    const customerId = customerIdOf(callerOf(context), 'input.customerId', input.customerId);
    if (customerId === undefined) return toSendResult(refusal('NOT_FOUND'));
    const steps = input.steps.map((step, index) => {
      const argument = { step: `input.steps.${index}`, recipient: `input.steps.${index}.to` };
      return { channel: step.channel, recipient: step.to, argument, ...messageOf(step) };
    });
    const { requestId, clientIp } = context;
    const send = { ...termsOf(input), customerId, steps, requestId, clientIp };
    return toSendResult(await context.gateway.sendVerification(callerOf(context), send));
  }

  @Mutation(() => SendVerificationResult, {
    description: 'Sends the message of a step again, with the same code, once the cooldown has passed.',
  })
  @Guard({ scopes: SCOPES, limits: [{ max: 3000, window: '1m', by: ['key'] }] })
  async resendVerification(
    @Ctx() context: RequestContext,
    @Arg('input', () => VerificationStepRefInput, { description: 'Which step.' }) input: VerificationStepRefInput,
  ): Promise<typeof SendVerificationResult> {
    const ref = refOf(context, input);
    return toSendResult(ref ? await context.gateway.resendVerification(callerOf(context), ref) : refusal('NOT_FOUND'));
  }

  @Mutation(() => SendVerificationResult, {
    description: 'Sends by the next step, or by a named one, at once. Attempts are not reset.',
  })
  @Guard({ scopes: SCOPES, limits: [{ max: 3000, window: '1m', by: ['key'] }] })
  async failoverVerification(
    @Ctx() context: RequestContext,
    @Arg('input', () => VerificationStepRefInput, { description: 'Which step.' }) input: VerificationStepRefInput,
  ): Promise<typeof SendVerificationResult> {
    const ref = refOf(context, input);
    return toSendResult(
      ref ? await context.gateway.failOverVerification(callerOf(context), ref) : refusal('NOT_FOUND'),
    );
  }

  @Mutation(() => SendVerificationResult, { description: 'Ends a verification: no guess is taken any more.' })
  @Guard({ scopes: SCOPES, limits: [{ max: 3000, window: '1m', by: ['key'] }] })
  async cancelVerification(
    @Ctx() context: RequestContext,
    @Arg('input', () => CancelVerificationInput, { description: 'Which verification.' }) input: CancelVerificationInput,
  ): Promise<typeof SendVerificationResult> {
    const id = localId('Verification', input.verificationId);
    return toSendResult(
      id
        ? await context.gateway.cancelVerification(callerOf(context), {
            verificationId: id,
            requestId: context.requestId,
          })
        : refusal('NOT_FOUND'),
    );
  }
}

function refOf({ requestId, clientIp }: RequestContext, { verificationId, stepIndex }: VerificationStepRefInput) {
  const id = localId('Verification', verificationId);
  if (typeof stepIndex === 'number' && (stepIndex < 0 || stepIndex > 9))
    throw badInput('input.stepIndex', 'must be 0 to 9');
  return id === undefined ? undefined : { verificationId: id, stepIndex: stepIndex ?? undefined, requestId, clientIp };
}
