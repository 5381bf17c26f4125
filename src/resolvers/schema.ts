/** The executable schema: types and resolvers put together, and every root field behind its guard. */
import 'reflect-metadata';
import { printSchemaWithDirectives } from '@graphql-tools/utils';
import { type GraphQLSchema, lexicographicSortSchema, specifiedDirectives } from 'graphql';
import { buildSchemaSync, type PubSub } from 'type-graphql';
import { enforceGuards } from '../schema/enforce-guards.js';
import { guardDirective } from '../schema/guard.js';
import { ApiKeysResolver } from './api-keys.resolver.js';
import { AuditResolver } from './audit.resolver.js';
import { ConfirmedResolver } from './confirmed.resolver.js';
import { ContactsResolver } from './contacts.resolver.js';
import { CustomerResolver } from './customer.resolver.js';
import { CustomerChangesResolver } from './customer-changes.resolver.js';
import { CustomerListResolver } from './customer-list.resolver.js';
import { EventsResolver } from './events.resolver.js';
import { LinkResolver } from './link.resolver.js';
import { NodeResolver } from './node.resolver.js';
import { OperationsResolver } from './operations.resolver.js';
import { SavedMethodChangesResolver } from './saved-method-changes.resolver.js';
import { SavedMethodListResolver } from './saved-method-list.resolver.js';
import { SessionResolver } from './session.resolver.js';
import { StepsResolver } from './steps.resolver.js';
import { VerificationResolver } from './verification.resolver.js';
import { VerificationChangesResolver } from './verification-changes.resolver.js';
import { VerificationListResolver } from './verification-list.resolver.js';
import { ViewerResolver } from './viewer.resolver.js';
import { WebhooksResolver } from './webhooks.resolver.js';
import { WorkspaceResolver } from './workspace.resolver.js';

// type-graphql builds no subscription without one, even where each has a source of its own.
const noTopics: PubSub = {
  publish() {
    throw new TypeError('Nothing is published: changes are read (ADR 30).');
  },
  subscribe() {
    throw new TypeError('No subscription has topics: changes are read (ADR 30).');
  },
};

// type-graphql has no place for the descriptions of these.
const ROOTS = {
  Query: 'What is read.',
  Mutation: 'What is sent, confirmed and changed.',
  Subscription: 'What is watched as it changes, by server-sent events.',
};

/** @throws {TypeError} when a root field is not guarded as it should be */
export function buildGatewaySchema(): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: [
      ViewerResolver,
      CustomerResolver,
      VerificationResolver,
      LinkResolver,
      VerificationListResolver,
      VerificationChangesResolver,
      CustomerListResolver,
      CustomerChangesResolver,
      ContactsResolver,
      SavedMethodListResolver,
      SavedMethodChangesResolver,
      NodeResolver,
      StepsResolver,
      ConfirmedResolver,
      WorkspaceResolver,
      ApiKeysResolver,
      AuditResolver,
      SessionResolver,
      OperationsResolver,
      WebhooksResolver,
      EventsResolver,
    ],
    // Without these a server knows neither skip nor include.
    directives: [...specifiedDirectives, guardDirective],
    pubSub: noTopics,
    orphanedTypes: [],
    validate: false,
  });
  for (const [name, description] of Object.entries(ROOTS)) Object.assign(schema.getType(name) ?? {}, { description });
  return enforceGuards(schema);
}

/** The SDL with directives and descriptions, sorted, as `schema.graphql` holds it. */
export function printGatewaySchema(schema: GraphQLSchema): string {
  return `${printSchemaWithDirectives(lexicographicSortSchema(schema))}\n`;
}
