/** The use case behind `createCustomer`. */
import { type Actor, recordAudit } from '../access/audit.js';
import type { World } from '../access/principal.js';
import { ContactPoint } from '../entities/contact-point.js';
import { type CUSTOMER_TYPES, Customer } from '../entities/customer.js';
import { type Database, entityManagerIn, violatedUnique } from '../entities/database.js';
import type { Orm } from '../entities/orm.js';
import { type Contact, type ContactKind, parseContact } from '../kernel/contact.js';
import { badInput, GatewayError } from '../kernel/errors.js';
import { newId } from '../kernel/ids.js';
import { checkedDetails } from './details.js';

export interface CreateCustomerInput {
  readonly platformCustomerId: string;
  readonly customerType: (typeof CUSTOMER_TYPES)[number];
  readonly umaAddress: string | undefined;
  readonly region: string | undefined;
  readonly currencies: readonly string[];
  readonly email: string | undefined;
  readonly phone: string | undefined;
  readonly locale: string | undefined;
}

export interface CreateCustomerDeps {
  readonly orm: Orm;
  readonly database: Database;
  /** The host part of addresses made by the gateway. */
  readonly umaDomain: string;
}

/**
 * Creates a customer with unverified primary contacts and returns their id.
 * @throws {GatewayError} BAD_USER_INPUT, or CONFLICT when a living customer has the platform id or UMA address
 */
export async function createCustomer(
  deps: CreateCustomerDeps,
  world: World,
  actor: Actor,
  input: CreateCustomerInput,
): Promise<string> {
  const id = newId();
  const { workspaceId, mode } = world;
  const details = checked(input, `$${id.replaceAll('-', '')}@${deps.umaDomain}`);
  const contacts = [
    contactOf('EMAIL', 'input.email', input.email),
    contactOf('PHONE', 'input.phone', input.phone),
  ].filter((contact) => contact !== undefined);
  try {
    await deps.database.transaction(async (transaction) => {
      const em = entityManagerIn(deps.orm, transaction);
      const customer = em.create(Customer, { workspaceId, mode, id, ...details });
      // The customer points at contacts that point back: rows first, pointers after.
      await em.flush();
      for (const { kind, value, identity } of contacts) {
        const point = em.create(ContactPoint, {
          workspaceId,
          mode,
          id: newId(),
          customerId: id,
          kind,
          value,
          identity,
        });
        await em.flush();
        if (kind === 'EMAIL') customer.primaryEmailId = point.id;
        else customer.primaryPhoneId = point.id;
      }
      await em.flush();
      await recordAudit(transaction, world, actor, {
        action: 'customer.created',
        objectType: 'Customer',
        objectId: id,
        details: { contacts: contacts.map(({ kind }) => kind) },
      });
    });
  } catch (error) {
    if (violatedUnique(error) === undefined) throw error;
    const taken = violatedUnique(error) === 'customer_uma_address_unique' ? 'umaAddress' : 'platformCustomerId';
    throw new GatewayError('CONFLICT', `A customer with this ${taken} exists already.`, { argument: `input.${taken}` });
  }
  return id;
}

function checked(input: CreateCustomerInput, ownAddress: string) {
  const { platformCustomerId } = input;
  if (platformCustomerId.length < 1 || platformCustomerId.length > 255 || /[\p{Cc}\p{Cs}]/u.test(platformCustomerId)) {
    throw badInput('input.platformCustomerId', 'must be 1 to 255 printable characters');
  }
  const details = checkedDetails(input);
  return {
    platformCustomerId,
    customerType: input.customerType,
    umaAddress: details.umaAddress ?? ownAddress,
    region: details.region ?? null,
    currencies: [...(details.currencies ?? [])],
    locale: details.locale ?? null,
  };
}

function contactOf(kind: ContactKind, argument: string, text: string | undefined): Contact | undefined {
  if (text === undefined) return undefined;
  const parsed = parseContact(kind, text);
  if ('reason' in parsed) throw badInput(argument, parsed.reason);
  return parsed.contact;
}
