import { Arg, ID, Resolver, Root, Subscription } from 'type-graphql';
import { GatewayError } from '../kernel/errors.js';
import { localId } from '../kernel/ids.js';
import { Guard } from '../schema/guard.js';
import { Verification } from '../schema/verification.types.js';
import type { VerificationRecord } from '../verification/record.js';
import { callerOf, type RequestContext } from './context.js';
import { toVerification } from './verification.map.js';

/** What one event is about. */
interface Change {
  /** Undefined where there is none. */
  readonly verification: VerificationRecord | undefined;
}

@Resolver()
export class VerificationChangesResolver {
  @Subscription(() => Verification, {
    nullable: true,
    description:
      'A verification as it is now, and again whenever it or one of its steps has changed, until it is finished. ' +
      'Null, and then the end, where there is none. Over server-sent events: send Accept: text/event-stream.',
    subscribe: ({ context, args }) => changesOf(context as RequestContext, args['id'] as string),
  })
  @Guard({ scopes: [['verifications:read'], ['self:read']], limits: [{ max: 6000, window: '1m', by: ['key'] }] })
  verificationChanged(
    @Root() { verification }: Change,
    @Arg('id', () => ID, { description: 'The verification.' }) _: string,
  ): Verification | null {
    return verification ? toVerification(verification) : null;
  }
}

/** @throws {GatewayError} RATE_LIMITED or SERVICE_UNAVAILABLE where too many are open; BAD_REQUEST without a stream */
function changesOf(context: RequestContext, id: string): AsyncGenerator<Change, void> {
  const { signal, gateway } = context;
  if (!signal) throw new GatewayError('BAD_REQUEST', 'Subscriptions are answered over server-sent events.');
  const verificationId = localId('Verification', id);
  return changes(
    verificationId === undefined ? undefined : gateway.watchVerification(callerOf(context), verificationId, signal),
  );
}

async function* changes(
  states: AsyncIterable<VerificationRecord | undefined> | undefined,
): AsyncGenerator<Change, void> {
  if (!states) return yield { verification: undefined };
  for await (const verification of states) yield { verification };
}
