/** `@guard`: what it says in the schema, and the decorator that puts it on a root field. */
import {
  DirectiveLocation,
  GraphQLDirective,
  GraphQLInputObjectType,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  type GraphQLNullableType,
  GraphQLString,
} from 'graphql';
import { Directive, Extensions } from 'type-graphql';
import type { Scope } from '../access/scopes.js';

type Window = `${number}${'s' | 'm' | 'h' | 'd'}`;
type Dimension = 'ip' | 'key' | 'customer' | 'workspace' | `args.${string}`;

export interface Limit {
  /** Executions at most, in each window and for each distinct value of `by`. */
  readonly max: number;
  readonly window: Window;
  readonly by: readonly Dimension[];
}

export interface GuardRule {
  /** The caller holds all scopes of at least one of the sets; no set: any credential will do. */
  readonly scopes: readonly (readonly Scope[])[];
  readonly limits: readonly Limit[];
}

const required = <T extends GraphQLNullableType>(type: T) => new GraphQLNonNull(type);

const LimitInput = new GraphQLInputObjectType({
  name: 'Limit',
  description: 'At most max executions per window for each distinct value of the by list.',
  fields: {
    max: { type: required(GraphQLInt), description: 'Executions let through, at least 1.' },
    window: { type: required(GraphQLString), description: 'A duration with a unit: 30s, 10m, 1h, 1d.' },
    by: {
      type: required(new GraphQLList(required(GraphQLString))),
      description:
        'ip, key, customer (the caller, or the one that a key names), workspace, or a path into the arguments such as ' +
        'args.input.phoneNumber.',
    },
  },
});

export const guardDirective = new GraphQLDirective({
  name: 'guard',
  description:
    'Stands on every root field. Admits a caller who holds all scopes of at least one of the sets (outer list: any of, ' +
    'inner list: all of), then counts each limit once for every execution of the field: an alias is an execution. ' +
    'A root field without it stops the server from starting.',
  locations: [DirectiveLocation.FIELD_DEFINITION],
  args: {
    scopes: {
      type: required(new GraphQLList(required(new GraphQLList(required(GraphQLString))))),
      description: 'Sets of scopes, one of which must be held whole. Empty: any valid credential.',
      defaultValue: [],
    },
    limits: {
      type: required(new GraphQLList(required(LimitInput))),
      description: 'Limits, each counted for itself.',
      defaultValue: [],
    },
  },
});

/** Guards a root field. The rule that is printed in the SDL and the rule that is enforced are this one. */
export function Guard(rule: GuardRule): MethodDecorator {
  const limits = rule.limits.map(
    ({ max, window, by }) => `{max: ${max}, window: ${JSON.stringify(window)}, by: ${JSON.stringify(by)}}`,
  );
  const printed = Directive(`@guard(scopes: ${JSON.stringify(rule.scopes)}, limits: [${limits.join(', ')}])`);
  const carried = Extensions({ guard: rule });
  return (target, key, descriptor) => {
    printed(target, key, descriptor);
    carried(target, key, descriptor);
  };
}
