import type { MigrationObject } from '@mikro-orm/core';
import { Initial } from './20261120000000-initial.js';
import { Contacts } from './20261120100000-contacts.js';
import { Audit } from './20261121000000-audit.js';
import { ProviderRefs } from './20261121050000-provider-refs.js';
import { SavedMethods } from './20261121060000-saved-methods.js';
import { Inbox } from './20261121080000-inbox.js';
import { Upstream } from './20261121090000-upstream.js';

/** Every migration in the order in which it runs: named here, so that nothing is discovered on disk. */
export const migrations: MigrationObject[] = [
  { name: '20261120000000-initial', class: Initial },
  { name: '20261120100000-contacts', class: Contacts },
  { name: '20261121000000-audit', class: Audit },
  { name: '20261121050000-provider-refs', class: ProviderRefs },
  { name: '20261121060000-saved-methods', class: SavedMethods },
  { name: '20261121080000-inbox', class: Inbox },
  { name: '20261121090000-upstream', class: Upstream },
];
