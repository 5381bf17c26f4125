import type { MigrationObject } from '@mikro-orm/core';
import { Initial } from './20261120000000-initial.js';
import { Contacts } from './20261120100000-contacts.js';
import { Audit } from './20261121000000-audit.js';
import { EmailLink } from './20261121010000-email-link.js';
import { MoneyGuards } from './20261121020000-money-guards.js';
import { ApiKeys } from './20261121030000-api-keys.js';
import { Sessions } from './20261121040000-sessions.js';
import { ProviderRefs } from './20261121050000-provider-refs.js';
import { SavedMethods } from './20261121060000-saved-methods.js';
import { Operations } from './20261121070000-operations.js';
import { Inbox } from './20261121080000-inbox.js';
import { TokenIssuers } from './20261121085000-token-issuers.js';
import { Upstream } from './20261121090000-upstream.js';
import { Retention } from './20261121095000-retention.js';
import { Events } from './20261121100000-events.js';
import { LostMessages } from './20261122000000-lost-messages.js';
import { EarlierRefs } from './20261122010000-earlier-refs.js';
import { LocaleNamed } from './20261122020000-locale-named.js';
import { ReportedMessages } from './20261122030000-reported-messages.js';
import { LivingCustomers } from './20261122040000-living-customers.js';

/** Every migration in the order in which it runs: named here, so that nothing is discovered on disk. */
export const migrations: MigrationObject[] = [
  { name: '20261120000000-initial', class: Initial },
  { name: '20261120100000-contacts', class: Contacts },
  { name: '20261121000000-audit', class: Audit },
  { name: '20261121010000-email-link', class: EmailLink },
  { name: '20261121020000-money-guards', class: MoneyGuards },
  { name: '20261121030000-api-keys', class: ApiKeys },
  { name: '20261121040000-sessions', class: Sessions },
  { name: '20261121050000-provider-refs', class: ProviderRefs },
  { name: '20261121060000-saved-methods', class: SavedMethods },
  { name: '20261121070000-operations', class: Operations },
  { name: '20261121080000-inbox', class: Inbox },
  { name: '20261121085000-token-issuers', class: TokenIssuers },
  { name: '20261121090000-upstream', class: Upstream },
  { name: '20261121095000-retention', class: Retention },
  { name: '20261121100000-events', class: Events },
  { name: '20261122000000-lost-messages', class: LostMessages },
  { name: '20261122010000-earlier-refs', class: EarlierRefs },
  { name: '20261122020000-locale-named', class: LocaleNamed },
  { name: '20261122030000-reported-messages', class: ReportedMessages },
  { name: '20261122040000-living-customers', class: LivingCustomers },
];
