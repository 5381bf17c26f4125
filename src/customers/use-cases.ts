/** The use cases about customers, their contacts and their workspace, bound to their dependencies once. */
import type { Principal, World } from '../access/principal.js';
import type { Database } from '../entities/database.js';
import type { Orm } from '../entities/orm.js';
import type { Page, PageRequest } from '../kernel/cursor.js';
import { type AttestContactInput, attestContactPoint } from './attest-contact.js';
import { type ContactPointRecord, findContactPoint, listContactPoints } from './contact-points.js';
import { type CreateCustomerInput, createCustomer } from './create.js';
import { deleteCustomer } from './delete.js';
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
import { findWorkspace, type WorkspaceRecord } from './workspaces.js';

export interface CustomerUseCases {
  createCustomer(world: World, input: CreateCustomerInput): Promise<string>;
  updateCustomer(world: World, input: UpdateCustomerInput): Promise<void>;
  deleteCustomer(world: World, id: string): Promise<void>;
  /** The next two return the id of the customer. */
  removeContactPoint(world: World, id: string): Promise<string>;
  setPrimaryContactPoint(world: World, id: string): Promise<string>;
  attestContactPoint(world: World, input: AttestContactInput): Promise<void>;
  findCustomer(world: World, id: string): Promise<CustomerRecord | undefined>;
  findByPlatformId(world: World, platformCustomerId: string): Promise<CustomerRecord | undefined>;
  listCustomers(world: World, filter: CustomerFilter, page: PageRequest): Promise<Page<CustomerRecord>>;
  findContactPoint(world: World, id: string): Promise<ContactPointRecord | undefined>;
  listContactPoints(world: World, customerId: string): Promise<ContactPointRecord[]>;
  findWorkspace(id: string): Promise<WorkspaceRecord | undefined>;
  saveMethod(principal: Principal, input: SaveMethodInput): Promise<SavedMethodRecord>;
  archiveSavedMethod(principal: Principal, id: string): Promise<SavedMethodRecord>;
  restoreSavedMethod(principal: Principal, id: string): Promise<SavedMethodRecord>;
  materializeSavedMethod(principal: Principal, input: MaterializeInput): Promise<Materialized>;
  listSavedMethods: SavedMethodLister;
  findSavedMethod(world: World, id: string, customerId?: string): Promise<SavedMethodRecord | undefined>;
}

export interface CustomerDeps {
  readonly orm: Orm;
  readonly database: Database;
  /** Where the UMA addresses are that the gateway makes. */
  readonly umaDomain: string;
  readonly methodKeys: MethodKeys;
}

export function bindCustomers({ orm, database, umaDomain, methodKeys }: CustomerDeps): CustomerUseCases {
  const { pool } = database;
  return {
    createCustomer: (world, input) => createCustomer({ orm, umaDomain }, world, input),
    updateCustomer: (world, input) => updateCustomer(pool, world, input),
    deleteCustomer: (world, id) => deleteCustomer(database, world, id),
    removeContactPoint: (world, id) => removeContactPoint(database, world, id),
    setPrimaryContactPoint: (world, id) => setPrimaryContactPoint(database, world, id),
    attestContactPoint: (world, input) => attestContactPoint(database, world, input),
    findCustomer: createCustomerFinder(pool),
    findByPlatformId: (world, platformCustomerId) => findByPlatformId(pool, world, platformCustomerId),
    listCustomers: (world, filter, page) => listCustomers(pool, world, filter, page),
    findContactPoint: (world, id) => findContactPoint(pool, world, id),
    listContactPoints: (world, customerId) => listContactPoints(pool, world, customerId),
    findWorkspace: (id) => findWorkspace(pool, id),
    saveMethod: (principal, input) => saveMethod({ database, methodKeys }, principal, input),
    archiveSavedMethod: (principal, id) => archiveSavedMethod(database, principal, id),
    restoreSavedMethod: (principal, id) => restoreSavedMethod(database, principal, id),
    materializeSavedMethod: (principal, input) => materializeSavedMethod({ database, methodKeys }, principal, input),
    listSavedMethods: createSavedMethodLister(pool),
    findSavedMethod: (world, id, customerId) => findSavedMethod(pool, world, id, customerId),
  };
}
