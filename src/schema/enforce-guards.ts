/** Wraps every root field in its guard, and refuses a schema in which one is missing or wrong. */
import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
} from 'graphql';
import { holdsScopes, type Principal } from '../access/principal.js';
import type { LimitRule, RateLimiter } from '../access/rate-limiter.js';
import { isScope } from '../access/scopes.js';
import { limitKey } from '../kernel/contact.js';
import { GatewayError } from '../kernel/errors.js';
import { localId } from '../kernel/ids.js';
import { traced } from '../telemetry/tracing.js';
import type { GuardRule, Limit } from './guard.js';

/** As much of a request as a guard looks at. */
export interface GuardContext {
  readonly principal: Principal | undefined;
  /** The client's address as far as proxies are trusted; an IPv6 address is its /64. */
  readonly clientIp: string;
  readonly limiter: RateLimiter;
}

type Field = GraphQLField<unknown, GuardContext>;

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** @throws {TypeError} naming every root field that is not guarded as it should be */
export function enforceGuards(schema: GraphQLSchema): GraphQLSchema {
  const faults: string[] = [];
  const subscription = schema.getSubscriptionType();
  for (const type of [schema.getQueryType(), schema.getMutationType(), subscription]) {
    for (const field of Object.values(type?.getFields() ?? {}) as Field[]) {
      const name = `${type?.name}.${field.name}`;
      const rule = field.extensions['guard'] as GuardRule | undefined;
      const found = rule ? faultsOf(field, rule) : ['has no @guard'];
      if (rule && type === subscription && !field.subscribe) found.push('has no source of events');
      if (rule && found.length === 0) guardField(name, field, rule, type === subscription);
      faults.push(...found.map((fault) => `${name} ${fault}`));
    }
  }
  if (faults.length > 0) throw new TypeError(`The schema is not guarded:\n  ${faults.join('\n  ')}`);
  return schema;
}

function guardField(name: string, field: Field, rule: GuardRule, isSubscription: boolean): void {
  const resolve = field.resolve ?? defaultFieldResolver;
  const limits = rule.limits.map((limit, index) => ({ ...limit, count: compileLimit(name, index, limit) }));
  const { narrow = [], wide = [] } = Object.groupBy(limits, ({ by }) => (by.includes('ip') ? 'narrow' : 'wide'));
  const span = { attributes: { 'gateway.field': name } };
  const guarded =
    (work: GraphQLFieldResolver<unknown, GuardContext>, isCounted: boolean): typeof work =>
    async (source, args, context, info) => {
      if (isCounted) {
        await traced(`guard ${name}`, span, async () => {
          const principal = admit(field, rule, context);
          // One address, refused by its own limit, must not spend what everybody who uses the key needs. A secret key's
          // address is its backend's, and not a visitor's.
          const own = principal.kind === 'SECRET_KEY' && wide.length > 0 ? [] : narrow;
          for (const together of [own, wide])
            await Promise.all(together.map(({ count }) => count(principal, context, args)));
        });
      } else admit(field, rule, context);
      return work(source, args, context, info);
    };
  // Of a subscription the opening is counted, and each event is admitted: what is resolved without a source of events
  // would otherwise be a way around the guard.
  if (isSubscription && field.subscribe) field.subscribe = guarded(field.subscribe, true);
  field.resolve = guarded(resolve, !isSubscription);
}

function admit({ name }: Field, rule: GuardRule, { principal }: GuardContext): Principal {
  if (!principal)
    throw new GatewayError('UNAUTHENTICATED', 'A credential is needed: send an API key as a bearer token.');
  // Scopes before limits: a caller without the right learns nothing of, and spends nothing from, anybody's budget.
  if (!holdsScopes(principal, rule.scopes)) {
    // It may well hold what the field asks for, and carries it for other services: naming that would lead nowhere.
    if (principal.kind === 'PUBLISHABLE_KEY' && !holdsScopes({ ...principal, scopes: rule.scopes.flat() }, rule.scopes))
      throw new GatewayError('FORBIDDEN', `A publishable key may not use ${name}, whatever its scopes.`);
    const needed = rule.scopes.map((allOf) => allOf.join(' and ')).join(', or ');
    throw new GatewayError('FORBIDDEN', `This credential may not use ${name}; it needs ${needed}.`);
  }
  return principal;
}

type Count = (principal: Principal, context: GuardContext, args: Record<string, unknown>) => Promise<void>;

function compileLimit(field: string, index: number, { max, window, by }: Limit): Count {
  const rule: LimitRule = { max, windowMs: parseWindow(window) as number };
  return (principal, context, args) => {
    const parts = by.map((dimension) => {
      if (dimension === 'ip') return context.clientIp;
      // Customers who came through one key are not one caller: one of them must not spend what the others need.
      if (dimension === 'key') return principal.customerId ?? principal.keyId;
      if (dimension === 'workspace') return principal.workspaceId;
      if (dimension === 'customer') return principal.customerId ?? namedCustomer(args);
      return canonical(valueAt(args, dimension));
    });
    return context.limiter.count(rule, {
      workspaceId: principal.workspaceId,
      parts: [principal.mode, `${field}#${index}`, ...parts],
      field,
    });
  };
}

/**
 * The customer that a key names. One bucket for both ways of saying who: a customer who also names themselves, and one
 * whose backend calls for them, has no second budget.
 */
function namedCustomer(args: Record<string, unknown>): string | undefined {
  const named = valueAt(args, 'args.input.customerId') ?? valueAt(args, 'args.customerId');
  return typeof named === 'string' ? (localId('Customer', named) ?? canonical(named)) : undefined;
}

/** A thousand spellings of one contact are one bucket. */
function canonical(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? limitKey(value) : JSON.stringify(value);
}

const pathOf = (dimension: string): string[] => dimension.split('.').slice(1);

function valueAt(args: unknown, dimension: string): unknown {
  return pathOf(dimension).reduce<unknown>(
    (value, name) => (value as Record<string, unknown> | undefined)?.[name],
    args,
  );
}

function parseWindow(window: string): number | undefined {
  const match = /^([1-9]\d{0,5})([smhd])$/.exec(window);
  return match ? Number(match[1]) * UNITS[match[2] as keyof typeof UNITS] : undefined;
}

function faultsOf(field: Field, { scopes, limits }: GuardRule): string[] {
  const unknown = scopes.flat().filter((scope) => !isScope(scope));
  const faults = unknown.map((scope) => `names an unknown scope: ${scope}`);
  if (scopes.some((allOf) => allOf.length === 0)) faults.push('has an empty set of scopes, which everybody holds');
  for (const { max, window, by } of limits) {
    if (!Number.isInteger(max) || max < 1) faults.push(`has a limit below 1: ${max}`);
    if (parseWindow(window) === undefined) faults.push(`has a window that is no duration: ${window}`);
    if (by.length === 0) faults.push('has a limit that is counted by nothing');
    for (const dimension of by)
      if (!isDimension(field, dimension)) faults.push(`is limited by what it does not have: ${dimension}`);
  }
  return faults;
}

function isDimension(field: Field, dimension: string): boolean {
  if (['ip', 'key', 'customer', 'workspace'].includes(dimension)) return true;
  if (!dimension.startsWith('args.')) return false;
  const [first, ...rest] = pathOf(dimension);
  let type = field.args.find((argument) => argument.name === first)?.type;
  for (const name of rest) {
    const named = type && getNamedType(type);
    type = isInputObjectType(named) ? named.getFields()[name]?.type : undefined;
  }
  return type !== undefined && !isInputObjectType(getNamedType(type));
}
