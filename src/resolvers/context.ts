/** What a resolver is given: who asks, and the use cases it may call. */
import type { Principal, World } from '../access/principal.js';
import type { AttestContactInput } from '../customers/attest-contact.js';
import type { ContactPointRecord } from '../customers/contact-points.js';
import type { CreateCustomerInput } from '../customers/create.js';
import type { CustomerFilter } from '../customers/list.js';
import type { CustomerRecord } from '../customers/read.js';
import type { UpdateCustomerInput } from '../customers/update.js';
import type { WorkspaceRecord } from '../customers/workspaces.js';
import type { Page, PageRequest } from '../kernel/cursor.js';
import { GatewayError } from '../kernel/errors.js';
import type { GuardContext } from '../schema/enforce-guards.js';
import type { ConfirmInput, ConfirmOutcome } from '../verification/confirm.js';
import type { StepRef } from '../verification/fail-over.js';
import type { VerificationFilter } from '../verification/list.js';
import type { StepRecord, VerificationRecord } from '../verification/record.js';
import type { SendInput, SendOutcome } from '../verification/send.js';

/** The use cases, bound to their dependencies once. */
export interface Gateway {
  sendVerification(principal: Principal, input: SendInput): Promise<SendOutcome>;
  confirmVerification(world: World, input: ConfirmInput): Promise<ConfirmOutcome>;
  resendVerification(world: World, ref: StepRef): Promise<SendOutcome>;
  failOverVerification(world: World, ref: StepRef): Promise<SendOutcome>;
  cancelVerification(world: World, verificationId: string): Promise<SendOutcome>;
  findVerification(world: World, id: string): Promise<VerificationRecord | undefined>;
  listVerifications(world: World, filter: VerificationFilter, page: PageRequest): Promise<Page<VerificationRecord>>;
  listSteps(world: World, verificationId: string): Promise<StepRecord[]>;
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
}

export interface RequestContext extends GuardContext {
  readonly requestId: string;
  readonly gateway: Gateway;
}

/** The caller, whom the guard has admitted. */
export function callerOf(context: RequestContext): Principal {
  if (!context.principal) throw new GatewayError('UNAUTHENTICATED', 'A credential is needed.');
  return context.principal;
}
