/** A workspace whose customers can connect, and the page that they use. */
import { type Browser, createBrowser, newPerson, type SessionView } from './connect.js';
import type { TestGateway } from './harness.js';
import type { TestWorkspace } from './workspace.js';

interface LatestVerification extends Record<string, unknown> {
  id: string;
  status: string;
  failed_attempts: number;
}

export interface Enrolled {
  readonly workspace: TestWorkspace;
  readonly browser: Browser;
  /** A new customer with an email and a phone. */
  enroll(change?: Record<string, unknown>): Promise<{ email: string; phone: string; id: string }>;
  /** The verification that was begun last for a customer. */
  latest(customerId: string): Promise<LatestVerification | undefined>;
  /** The session of a new customer. */
  start(more?: Record<string, unknown>): Promise<SessionView>;
}

/** The UUID inside a global id. */
export const uuidOf = (id: string) => id.slice(id.indexOf(':') + 1);

export async function startEnrolled(gateway: TestGateway): Promise<Enrolled> {
  const workspace = await gateway.workspace();
  const browser = await createBrowser(gateway.url, workspace);
  const enroll: Enrolled['enroll'] = async (change = {}) => {
    const person = newPerson();
    const customer = await workspace.test.createCustomer({ ...person, region: 'DE', ...change });
    return { ...person, id: customer.id };
  };
  return {
    workspace,
    browser,
    enroll,
    start: async (more = {}) => browser.connect((await enroll()).email, more),
    async latest(customerId) {
      const [row] = await gateway.sql<LatestVerification>(
        'select id, status, failed_attempts from verification where customer_id = $1 order by id desc limit 1',
        [uuidOf(customerId)],
      );
      return row;
    },
  };
}
