/** Who may use which root field: derived from the guards, so that the document and the server cannot disagree. */
import {
  type GraphQLArgument,
  GraphQLID,
  type GraphQLInputField,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
} from 'graphql';
import { holdsScopes, type Principal } from '../access/principal.js';
import { PUBLISHABLE_KEY_SCOPES, SECRET_KEY_SCOPES } from '../access/scopes.js';
import type { GuardRule } from './guard.js';

/** `NOTHING`: the object is exactly like one that does not exist. */
export type AccessOutcome = 'ALLOWED' | 'NOTHING' | 'UNAUTHENTICATED' | 'FORBIDDEN';

export interface AccessRow {
  readonly field: string;
  readonly rule: GuardRule;
  /** Whether its arguments can name an object. */
  readonly namesObject: boolean;
  readonly outcomes: Readonly<Record<AccessCaller, AccessOutcome>>;
}

/** Whoever calls, about an object of one workspace and mode. */
export const ACCESS_CALLERS = {
  nobody: 'no credential',
  expired: 'an expired key',
  revoked: 'a revoked key',
  publishable: 'a publishable key',
  narrowed: 'a secret key without the scopes',
  otherWorkspace: "another workspace's secret key",
  otherMode: "the other mode's secret key",
  secret: 'a secret key',
} as const;

export type AccessCaller = keyof typeof ACCESS_CALLERS;

/** Every root field, in the order of the alphabet. */
export function accessTable(schema: GraphQLSchema): AccessRow[] {
  const fields = [schema.getQueryType(), schema.getMutationType()].flatMap((type) =>
    Object.values(type?.getFields() ?? {}).map((field) => ({ name: `${type?.name}.${field.name}`, field })),
  );
  return fields
    .map(({ name, field }) => {
      const rule = field.extensions['guard'] as GuardRule;
      const namesObject = field.args.some(holdsId);
      const callers = Object.keys(ACCESS_CALLERS) as AccessCaller[];
      const outcomes = Object.fromEntries(callers.map((caller) => [caller, outcomeOf(caller, rule, namesObject)]));
      return { field: name, rule, namesObject, outcomes: outcomes as AccessRow['outcomes'] };
    })
    .sort((left, right) => left.field.localeCompare(right.field, 'en'));
}

function outcomeOf(caller: AccessCaller, { scopes }: GuardRule, namesObject: boolean): AccessOutcome {
  if (caller === 'nobody' || caller === 'expired' || caller === 'revoked') return 'UNAUTHENTICATED';
  const isPublishable = caller === 'publishable';
  const all: readonly string[] = isPublishable ? PUBLISHABLE_KEY_SCOPES : SECRET_KEY_SCOPES;
  const held = caller === 'narrowed' ? all.filter((scope) => !scopes.flat().some((needed) => needed === scope)) : all;
  const principal = { kind: isPublishable ? 'PUBLISHABLE_KEY' : 'SECRET_KEY', scopes: held } as Principal;
  if (!holdsScopes(principal, scopes)) return 'FORBIDDEN';
  const isStranger = caller === 'otherWorkspace' || caller === 'otherMode';
  return isStranger && namesObject ? 'NOTHING' : 'ALLOWED';
}

function holdsId({ type }: GraphQLArgument | GraphQLInputField): boolean {
  const named = getNamedType(type);
  if (isInputObjectType(named)) return Object.values(named.getFields()).some(holdsId);
  return named === GraphQLID;
}
