import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { GatewayError } from '../kernel/errors.js';
import { globalId } from '../kernel/ids.js';
import { Guard } from '../schema/guard.js';
import { Workspace } from '../schema/viewer.types.js';
import { UpdateWorkspaceInput } from '../schema/workspace.types.js';
import { callerOf, type RequestContext } from './context.js';

@Resolver()
export class WorkspaceResolver {
  @Query(() => Workspace, { description: "The caller's workspace and its settings." })
  @Guard({ scopes: [['workspace:read']], limits: [{ max: 3000, window: '1m', by: ['key'] }] })
  workspace(@Ctx() context: RequestContext): Promise<Workspace> {
    return workspaceOf(context);
  }

  @Mutation(() => Workspace, {
    description: 'Changes settings of the workspace. They count at once here, and everywhere within five seconds.',
  })
  @Guard({ scopes: [['workspace:write']], limits: [{ max: 60, window: '1m', by: ['workspace'] }] })
  async updateWorkspace(
    @Ctx() context: RequestContext,
    @Arg('input', () => UpdateWorkspaceInput, { description: 'What changes.' }) input: UpdateWorkspaceInput,
  ): Promise<Workspace> {
    const { autofillDomain, ...settings } = input;
    // Null leaves a setting as it is, but the one that may be absent it takes away.
    const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null));
    await context.gateway.updateWorkspace(callerOf(context), { ...given, autofillDomain });
    return workspaceOf(context);
  }
}

/** The caller's workspace, as it is in the database now. */
export async function workspaceOf(context: RequestContext): Promise<Workspace> {
  const record = await context.gateway.findWorkspace(callerOf(context).workspaceId);
  if (!record) throw new GatewayError('NOT_FOUND', 'The workspace was deleted meanwhile.');
  return { ...record, id: globalId('Workspace', record.id) };
}
