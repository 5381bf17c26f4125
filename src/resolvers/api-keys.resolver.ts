import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import type { ApiKeyRecord, CreatedKey } from '../access/key-record.js';
import { DEFAULT_OVERLAP_SECONDS } from '../access/rotate-api-key.js';
import { parsePage } from '../kernel/cursor.js';
import { GatewayError } from '../kernel/errors.js';
import { globalId, localId } from '../kernel/ids.js';
import {
  ApiKey,
  ApiKeyConnection,
  CreateApiKeyInput,
  CreatedApiKey,
  RevokeApiKeyInput,
  RotateApiKeyInput,
} from '../schema/api-key.types.js';
import { Guard } from '../schema/guard.js';
import { ForwardPageArgs } from '../schema/page.types.js';
import { toConnection } from './connection.map.js';
import { callerOf, type RequestContext } from './context.js';

@Resolver()
export class ApiKeysResolver {
  @Query(() => ApiKeyConnection, {
    description: "Keys of the caller's mode, newest first, those that have ended included.",
  })
  @Guard({ scopes: [['keys:read']], limits: [{ max: 3000, window: '1m', by: ['key'] }] })
  async apiKeys(
    @Ctx() context: RequestContext,
    @Args(() => ForwardPageArgs) args: ForwardPageArgs,
  ): Promise<ApiKeyConnection> {
    return toConnection(await context.gateway.listApiKeys(callerOf(context), parsePage(args)), toApiKey);
  }

  @Mutation(() => CreatedApiKey, {
    description: "Makes a key of the caller's mode. It can do nothing that the key which makes it cannot do.",
  })
  @Guard({ scopes: [['keys:write']], limits: [{ max: 300, window: '1m', by: ['workspace'] }] })
  async createApiKey(
    @Ctx() context: RequestContext,
    @Arg('input', () => CreateApiKeyInput, { description: 'The key.' }) input: CreateApiKeyInput,
  ): Promise<CreatedApiKey> {
    const key = await context.gateway.createApiKey(callerOf(context), {
      name: input.name,
      kind: input.kind,
      mode: input.mode,
      scopes: input.scopes ?? undefined,
      persistedOnly: input.persistedOnly ?? false,
      merchantId: input.merchantId ?? undefined,
      expiresAt: input.expiresAt ?? undefined,
      allowedIps: input.allowedIps ?? undefined,
    });
    return toCreated(key);
  }

  @Mutation(() => CreatedApiKey, {
    description:
      'Makes a key with the properties of another, its expiry included; the other one ends after the overlap.',
  })
  @Guard({ scopes: [['keys:write']], limits: [{ max: 300, window: '1m', by: ['workspace'] }] })
  async rotateApiKey(
    @Ctx() context: RequestContext,
    @Arg('input', () => RotateApiKeyInput, { description: 'Which key, and how long it stays good.' })
    input: RotateApiKeyInput,
  ): Promise<CreatedApiKey> {
    const id = localId('ApiKey', input.id) ?? noSuchKey();
    const overlapSeconds = input.overlapSeconds ?? DEFAULT_OVERLAP_SECONDS;
    return toCreated(await context.gateway.rotateApiKey(callerOf(context), { id, overlapSeconds }));
  }

  @Mutation(() => ApiKey, {
    description:
      'Ends a key, the calling one too. Every process refuses it within five seconds. Again: nothing changes.',
  })
  @Guard({ scopes: [['keys:write']], limits: [{ max: 3000, window: '1m', by: ['key'] }] })
  async revokeApiKey(
    @Ctx() context: RequestContext,
    @Arg('input', () => RevokeApiKeyInput, { description: 'Which key.' }) input: RevokeApiKeyInput,
  ): Promise<ApiKey> {
    const id = localId('ApiKey', input.id) ?? noSuchKey();
    return toApiKey((await context.gateway.revokeApiKey(callerOf(context), id)) ?? noSuchKey());
  }
}

export function toApiKey(record: ApiKeyRecord): ApiKey {
  return { ...record, id: globalId('ApiKey', record.id) };
}

function toCreated({ secret, ...record }: CreatedKey): CreatedApiKey {
  return { key: toApiKey(record), secret };
}

function noSuchKey(): never {
  throw new GatewayError('NOT_FOUND', 'There is no such key.');
}
