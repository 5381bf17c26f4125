/** A workspace with an endpoint, and a receiver behind it that checks signatures. */
import type { Variables } from './caller.js';
import { startEventSink, type ToldEvent } from './event-sink.js';
import type { TestGateway } from './harness.js';
import { waitFor } from './wait-for.js';
import { webhooksOf } from './webhooks.js';

export const uuidOf = (id: string): string => id.slice(id.indexOf(':') + 1);
export const typesOf = (events: readonly { readonly type: string }[]): string[] => events.map(({ type }) => type);

/** The object that an event is about: its place in a line is among the events of that object. */
const objectOf = ({ type, data }: ToldEvent) =>
  data[type.startsWith('verification.') ? 'verificationId' : 'customerId'];

export async function listening(gateway: TestGateway, terms: Variables = {}) {
  const workspace = await gateway.workspace();
  const sink = await startEventSink();
  const webhooks = webhooksOf(workspace.test);
  const { secret, endpoint } = await webhooks.create({ url: `${sink.url}/hooks?key=of-the-receiver`, ...terms });
  sink.expect(secret);
  const toldAbout = (objectId: string) => sink.told.filter((event) => objectOf(event) === objectId);
  return {
    workspace,
    caller: workspace.test,
    sink,
    webhooks,
    endpoint,
    secret,
    toldAbout,
    /** Resolves with an object's events once there are so many. */
    told: (objectId: string, count: number) =>
      waitFor(`${count} events of ${objectId}`, () => {
        const events = toldAbout(objectId);
        return events.length >= count && events;
      }),
    /** A customer with an address and a code that has arrived there. */
    async sent(email = 'ada@example.com', input: Variables = {}) {
      const { id: customerId } = await workspace.test.createCustomer({ email });
      const { id } = await workspace.test.sendEmail(customerId, input);
      await waitFor('the code is delivered', async () => {
        const [step] = await gateway.sql<{ status: string }>(
          'select status from verification_step where verification_id = $1',
          [uuidOf(id)],
        );
        return step?.status === 'DELIVERED' || step?.status === 'FAILED';
      });
      return { customerId, id };
    },
    /** The whole answer, errors too. */
    confirmAnswer: (verificationId: string) =>
      workspace.test.query(
        'mutation ($input: ConfirmVerificationInput!) { confirmVerification(input: $input) { __typename } }',
        { input: { verificationId, code: '123456' } },
      ),
    confirm: (verificationId: string, code = '123456', more: Variables = {}) =>
      workspace.test.call('confirm', { input: { verificationId, code, ...more } }),
    /** Lets the time pass in which guesses that were taken may still be right. */
    settle: (verificationId: string) =>
      gateway.sql('update verification_deadline set due_at = now() where verification_id = $1', [
        uuidOf(verificationId),
      ]),
    [Symbol.asyncDispose]: () => sink.close(),
  };
}
