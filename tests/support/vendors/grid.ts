/** Lightspark Grid's contact verification: it sends to the address that it has of a customer. */
import { randomUUID } from 'node:crypto';
import { type CodeBook, createCodeBook } from './code-book.js';
import { json, startVendor, type Vendor, type VendorAnswer, type VendorRequest } from './vendor.js';

export const GRID = { tokenId: 'grid-token', clientSecret: 'grid-secret-hunter2' };

export interface GridCustomer {
  readonly id: string;
  readonly platformCustomerId: string;
  email: string;
  phoneNumber: string;
  contactVerification: { email: string; phone: string };
}

export interface FakeGrid extends Vendor {
  readonly book: CodeBook;
  readonly customers: readonly GridCustomer[];
  enroll(platformCustomerId: string, contacts: { email?: string; phoneNumber?: string }): GridCustomer;
}

const error = (status: number, code: string, message: string, headers = {}): VendorAnswer =>
  json(status, { status, code, message, details: {} }, headers);

export async function startGrid(): Promise<FakeGrid> {
  const book = createCodeBook();
  const customers: GridCustomer[] = [];
  const basic = `Basic ${Buffer.from(`${GRID.tokenId}:${GRID.clientSecret}`).toString('base64')}`;

  function verify(customer: GridCustomer, kind: 'email' | 'phone', code: string | undefined): VendorAnswer {
    const to = kind === 'email' ? customer.email : customer.phoneNumber;
    if (customer.contactVerification[kind] === 'VERIFIED') return error(409, 'CONFLICT', 'Already verified');
    if (code === undefined) {
      book.make(to);
      return { status: 204 };
    }
    const entry = book.find({ to });
    if (entry?.state !== 'PENDING' || book.guess(entry, code) !== 'RIGHT')
      return error(400, 'INVALID_INPUT', 'Invalid or expired code');
    customer.contactVerification[kind] = 'VERIFIED';
    return json(200, customer);
  }

  function answer({ method, path, query, headers, body }: VendorRequest): VendorAnswer {
    if (headers.authorization !== basic) return error(401, 'UNAUTHORIZED', 'Unauthorized');
    if (method === 'GET' && path === '/customers') {
      const wanted = query.get('platformCustomerId');
      const data = customers.filter(({ platformCustomerId }) => wanted === null || platformCustomerId === wanted);
      return json(200, { data, hasMore: false });
    }
    const [, id = '', kind, confirm] = /^\/customers\/([^/]+)\/verify-(email|phone)(\/confirm)?$/.exec(path) ?? [];
    const customer = customers.find((each) => each.id === decodeURIComponent(id));
    if (method !== 'POST' || !customer) return error(404, 'USER_NOT_FOUND', 'Customer not found');
    const code = confirm ? String((JSON.parse(body.toString('utf8')) as { code?: string }).code) : undefined;
    return verify(customer, kind as 'email' | 'phone', code);
  }

  const vendor = await startVendor({
    answer,
    refusal: error(404, 'USER_NOT_FOUND', 'Customer not found'),
    throttled: error(429, 'RATE_LIMITED', 'Slow down', { 'retry-after': '7' }),
  });
  return Object.assign(vendor, {
    book,
    customers,
    enroll(platformCustomerId: string, { email = '', phoneNumber = '' }: { email?: string; phoneNumber?: string }) {
      const contactVerification = { email: 'PENDING', phone: 'PENDING' };
      const customer = { id: `Customer:${randomUUID()}`, platformCustomerId, email, phoneNumber, contactVerification };
      customers.push(customer);
      return customer;
    },
  });
}
