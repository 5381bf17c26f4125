import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Guard } from '../schema/guard.js';
import { PublishedOperations, PublishOperationsInput } from '../schema/operations.types.js';
import { callerOf, type RequestContext } from './context.js';

@Resolver()
export class OperationsResolver {
  @Mutation(() => PublishedOperations, {
    description:
      'Publishes operations for the whole workspace, both modes: callers can run them by their id, and keys that run ' +
      'published operations only can run them at all. All are published, or none where one has a fault.',
  })
  @Guard({ scopes: [['operations:write']], limits: [{ max: 300, window: '1m', by: ['key'] }] })
  publishOperations(
    @Ctx() context: RequestContext,
    @Arg('input', () => PublishOperationsInput, { description: 'The operations.' }) input: PublishOperationsInput,
  ): Promise<PublishedOperations> {
    return context.gateway.publishOperations(callerOf(context), input.operations);
  }
}
