/** Who may use which root field: derived from the guards, so that the document and the server cannot disagree. */
import {
  type GraphQLArgument,
  GraphQLID,
  type GraphQLInputField,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
} from 'graphql';
import { holdsScopes, type Principal, type PrincipalKind } from '../access/principal.js';
import { CUSTOMER_SCOPES, PUBLISHABLE_KEY_SCOPES, SECRET_KEY_SCOPES } from '../access/scopes.js';
import type { GuardRule } from './guard.js';

/** `NOTHING`: the object is exactly like one that does not exist. */
export type AccessOutcome = 'ALLOWED' | 'NOTHING' | 'UNAUTHENTICATED' | 'FORBIDDEN';

export interface AccessRow {
  readonly field: string;
  readonly rule: GuardRule;
  /** Whether its arguments can name an object, by id or by other words. */
  readonly namesObject: boolean;
  readonly outcomes: Readonly<Record<AccessCaller, AccessOutcome>>;
}

/** Whoever calls, about an object of one workspace and mode. */
export const ACCESS_CALLERS = {
  nobody: 'no credential',
  expired: 'an expired key',
  revoked: 'a revoked key',
  endedSession: 'an ended session',
  publishable: 'a publishable key',
  narrowed: 'a secret key without the scopes',
  otherWorkspace: "another workspace's secret key",
  otherMode: "the other mode's secret key",
  otherSession: 'a session of another customer',
  otherUserToken: 'a user token of another customer',
  session: 'a session of the customer',
  userToken: 'a user token of the customer',
  secret: 'a secret key',
} as const;

export type AccessCaller = keyof typeof ACCESS_CALLERS;

/** Whose arguments name an object by other words than its id: an email, a number, a token. */
const NAMED_BY_TEXT = [
  'Mutation.sendConnectCode',
  'Mutation.confirmConnectCode',
  'Mutation.refreshSession',
  'Mutation.endSession',
  'Mutation.unblockContact',
];

/** Every root field, in the order of the alphabet. */
export function accessTable(schema: GraphQLSchema): AccessRow[] {
  const types = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const fields = types.flatMap((type) =>
    Object.values(type?.getFields() ?? {}).map((field) => ({ name: `${type?.name}.${field.name}`, field })),
  );
  return fields
    .map(({ name, field }) => {
      const rule = field.extensions['guard'] as GuardRule;
      const namesObject = field.args.some(holdsId) || NAMED_BY_TEXT.includes(name);
      const callers = Object.keys(ACCESS_CALLERS) as AccessCaller[];
      const outcomes = Object.fromEntries(callers.map((caller) => [caller, outcomeOf(caller, rule, namesObject)]));
      return { field: name, rule, namesObject, outcomes: outcomes as AccessRow['outcomes'] };
    })
    .sort((left, right) => left.field.localeCompare(right.field, 'en'));
}

const UNIDENTIFIED: readonly AccessCaller[] = ['nobody', 'expired', 'revoked', 'endedSession'];
const STRANGERS: readonly AccessCaller[] = ['otherWorkspace', 'otherMode', 'otherSession', 'otherUserToken'];

function outcomeOf(caller: AccessCaller, { scopes }: GuardRule, namesObject: boolean): AccessOutcome {
  if (UNIDENTIFIED.includes(caller)) return 'UNAUTHENTICATED';
  if (!holdsScopes(principalOf(caller, scopes.flat()), scopes)) return 'FORBIDDEN';
  return STRANGERS.includes(caller) && namesObject ? 'NOTHING' : 'ALLOWED';
}

function principalOf(caller: AccessCaller, needed: readonly string[]): Principal {
  const holds = (kind: PrincipalKind, held: readonly string[], customerId?: string) =>
    ({ kind, scopes: held, ...(customerId !== undefined && { customerId }) }) as Principal;
  switch (caller) {
    case 'publishable':
      return holds('PUBLISHABLE_KEY', PUBLISHABLE_KEY_SCOPES);
    case 'narrowed':
      return holds(
        'SECRET_KEY',
        SECRET_KEY_SCOPES.filter((scope) => !needed.includes(scope)),
      );
    case 'session':
    case 'otherSession':
      return holds('CUSTOMER_SESSION', CUSTOMER_SCOPES, caller);
    case 'userToken':
    case 'otherUserToken':
      return holds('USER_TOKEN', CUSTOMER_SCOPES, caller);
    default:
      return holds('SECRET_KEY', SECRET_KEY_SCOPES);
  }
}

function holdsId({ type }: GraphQLArgument | GraphQLInputField): boolean {
  const named = getNamedType(type);
  if (isInputObjectType(named)) return Object.values(named.getFields()).some(holdsId);
  return named === GraphQLID;
}
