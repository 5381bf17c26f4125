/** The use cases about customers, their contacts and their workspace, bound to their dependencies once. */
import { actorOf } from '../access/audit.js';
import type { Principal, Reach, World } from '../access/principal.js';
import type { Outbox } from '../delivery/outbox.js';
import type { Orm } from '../entities/orm.js';
import type { Page, PageRequest } from '../kernel/cursor.js';
import type { ProviderRegistry } from '../providers/registry.js';
import { type AttestContactInput, attestContactPoint } from './attest-contact.js';
import {
  type ContactPointLister,
  type ContactPointRecord,
  createContactPointLister,
  findContactPoint,
} from './contact-points.js';
import { type CreateCustomerInput, createCustomer } from './create.js';
import { type Deletion, deleteCustomer } from './delete.js';
import { type CustomerFilter, listCustomers } from './list.js';
import { type CustomerRecord, createCustomerFinder, findByPlatformId } from './read.js';
import { removeContactPoint } from './remove-contact.js';
import { archiveSavedMethod, restoreSavedMethod } from './saved-methods/archive.js';
import type { MethodKeys } from './saved-methods/instruments.js';
import { createSavedMethodLister, findSavedMethod, type SavedMethodLister } from './saved-methods/list.js';
import { type Materialized, type MaterializeInput, materializeSavedMethod } from './saved-methods/materialize.js';
import type { SavedMethodRecord } from './saved-methods/record.js';
import { type SaveMethodInput, saveMethod } from './saved-methods/save.js';
import { setPrimaryContactPoint } from './set-primary-contact.js';
import { type UpdateCustomerInput, updateCustomer } from './update.js';
import { type UpdateWorkspaceDeps, updateWorkspace } from './update-workspace.js';
import type { WorkspaceChange } from './workspace-change.js';
import { createWorkspaceFinder, type WorkspaceFinder } from './workspaces.js';

export interface CustomerUseCases {
  createCustomer(caller: Principal, input: CreateCustomerInput): Promise<string>;
  updateCustomer(caller: Principal, input: UpdateCustomerInput): Promise<void>;
  deleteCustomer(caller: Principal, deletion: Deletion): Promise<void>;
  /** The next two return the id of the customer. */
  removeContactPoint(caller: Principal, id: string): Promise<string>;
  setPrimaryContactPoint(caller: Principal, id: string): Promise<string>;
  attestContactPoint(caller: Principal, input: AttestContactInput): Promise<void>;
  findCustomer(reach: Reach, id: string): Promise<CustomerRecord | undefined>;
  findByPlatformId(world: World, platformCustomerId: string): Promise<CustomerRecord | undefined>;
  listCustomers(world: World, filter: CustomerFilter, page: PageRequest): Promise<Page<CustomerRecord>>;
  findContactPoint(reach: Reach, id: string): Promise<ContactPointRecord | undefined>;
  listContactPoints: ContactPointLister;
  findWorkspace: WorkspaceFinder;
  updateWorkspace(principal: Principal, change: WorkspaceChange): Promise<void>;
  saveMethod(principal: Principal, input: SaveMethodInput): Promise<SavedMethodRecord>;
  archiveSavedMethod(principal: Principal, id: string): Promise<SavedMethodRecord>;
  restoreSavedMethod(principal: Principal, id: string): Promise<SavedMethodRecord>;
  materializeSavedMethod(principal: Principal, input: MaterializeInput): Promise<Materialized>;
  listSavedMethods: SavedMethodLister;
  findSavedMethod(reach: Reach, id: string): Promise<SavedMethodRecord | undefined>;
}

export interface CustomerDeps extends UpdateWorkspaceDeps {
  readonly orm: Orm;
  readonly outbox: Outbox;
  readonly providers: ProviderRegistry;
  /** Where the UMA addresses are that the gateway makes. */
  readonly umaDomain: string;
  readonly methodKeys: MethodKeys;
}

export function bindCustomers(deps: CustomerDeps): CustomerUseCases {
  const { orm, database, outbox, providers, umaDomain, methodKeys } = deps;
  const { pool, lists } = database;
  return {
    createCustomer: (caller, input) => createCustomer({ orm, database, umaDomain }, caller, actorOf(caller), input),
    updateCustomer: (caller, input) => updateCustomer(pool, caller, actorOf(caller), input),
    deleteCustomer: (caller, deletion) =>
      deleteCustomer({ database, outbox, providers }, caller, actorOf(caller), deletion),
    removeContactPoint: (caller, id) => removeContactPoint({ database, outbox }, caller, actorOf(caller), id),
    setPrimaryContactPoint: (caller, id) => setPrimaryContactPoint({ database, outbox }, caller, actorOf(caller), id),
    attestContactPoint: (caller, input) => attestContactPoint(database, caller, actorOf(caller), input),
    findCustomer: createCustomerFinder(pool),
    findByPlatformId: (world, platformCustomerId) => findByPlatformId(pool, world, platformCustomerId),
    listCustomers: (world, filter, page) => listCustomers(lists, world, filter, page),
    findContactPoint: (reach, id) => findContactPoint(pool, reach, id),
    listContactPoints: createContactPointLister(pool),
    findWorkspace: createWorkspaceFinder(pool),
    updateWorkspace: (principal, change) => updateWorkspace(deps, principal, change),
    saveMethod: (principal, input) => saveMethod({ database, methodKeys }, principal, input),
    archiveSavedMethod: (principal, id) => archiveSavedMethod(database, principal, id),
    restoreSavedMethod: (principal, id) => restoreSavedMethod(database, principal, id),
    materializeSavedMethod: (principal, input) => materializeSavedMethod({ database, methodKeys }, principal, input),
    listSavedMethods: createSavedMethodLister(pool),
    findSavedMethod: (reach, id) => findSavedMethod(pool, reach, id),
  };
}
