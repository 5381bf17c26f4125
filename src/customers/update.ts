/** The use case behind `updateCustomer`. */
import { type Actor, auditOf, auditValues } from '../access/audit.js';
import type { World } from '../access/principal.js';
import type { CUSTOMER_TYPES } from '../entities/customer.js';
import { type Connection, runOne, violatedUnique } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { GatewayError } from '../kernel/errors.js';
import { type CustomerDetails, checkedDetails } from './details.js';
import { noSuchCustomer } from './lock-customer.js';

export interface UpdateCustomerInput extends CustomerDetails {
  readonly id: string;
  readonly customerType: (typeof CUSTOMER_TYPES)[number] | undefined;
  /** What is taken away; neither can be given at the same time. */
  readonly clears: { readonly region: boolean; readonly locale: boolean };
}

const UPDATE = prepared(`
  with changed as (
    update customer set
      customer_type = coalesce($4, customer_type),
      uma_address = coalesce($5, uma_address),
      currencies = coalesce($6::text[], currencies),
      region = case when $7::boolean then null else coalesce($8, region) end,
      locale = case when $9::boolean then null else coalesce($10, locale) end,
      updated_at = now()
    where workspace_id = $1 and mode = $2 and id = $3 and deleted_at is null
    returning id
  )
  ${auditOf('changed', 11)}`);

/** @throws {GatewayError} BAD_USER_INPUT, NOT_FOUND, or CONFLICT when the UMA address is taken */
export async function updateCustomer(
  pool: Connection,
  world: World,
  actor: Actor,
  input: UpdateCustomerInput,
): Promise<void> {
  const { umaAddress, currencies, region, locale } = checkedDetails(input);
  const values = [
    world.workspaceId,
    world.mode,
    input.id,
    input.customerType ?? null,
    umaAddress ?? null,
    currencies ?? null,
    input.clears.region,
    region ?? null,
    input.clears.locale,
    locale ?? null,
    ...auditValues(actor, {
      action: 'customer.updated',
      objectType: 'Customer',
      objectId: input.id,
      details: { changed: changedNames(input) },
    }),
  ];
  try {
    if (!(await runOne(pool, UPDATE, values))) throw noSuchCustomer();
  } catch (error) {
    if (violatedUnique(error) !== 'customer_uma_address_unique') throw error;
    throw new GatewayError('CONFLICT', 'A customer with this umaAddress exists already.', {
      argument: 'input.umaAddress',
    });
  }
}

const NAMES = ['customerType', 'umaAddress', 'currencies', 'region', 'locale'] as const;

/** What was given or taken away, by name: the values are nobody's but the customer's. */
function changedNames(input: UpdateCustomerInput): string[] {
  const { clears } = input;
  return NAMES.filter((name) => input[name] !== undefined || (name in clears && clears[name as keyof typeof clears]));
}
