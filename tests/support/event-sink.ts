/** A receiver of webhooks: real HTTP on this machine, which checks signatures with the reference implementation. */
import { Webhook } from 'standardwebhooks';
import { startVendor, type Vendor, type VendorRequest } from './vendors/vendor.js';

export interface ToldEvent {
  /** The `webhook-id`. */
  readonly id: string;
  readonly type: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface EventSink extends Vendor {
  /** Everything that was taken and whose signature is right, in the order in which it came. */
  readonly told: readonly ToldEvent[];
  /** Everything that came, taken or not. */
  attempts(): ToldEvent[];
  /** Checks signatures with this secret from now on; without one nothing is taken. */
  expect(secret: string): void;
  /** Answers with this status from now on; 200 is as usual, 0 hangs up. Asked for each event. */
  answerWith(status: number | ((event: ToldEvent) => number)): void;
}

const read = ({ headers, body }: VendorRequest): ToldEvent => ({
  id: String(headers['webhook-id']),
  ...(JSON.parse(body.toString('utf8')) as Omit<ToldEvent, 'id'>),
});

export async function startEventSink(): Promise<EventSink> {
  const told: ToldEvent[] = [];
  let secret: string | undefined;
  let statusOf = (_: ToldEvent): number => 200;
  const vendor = await startVendor({
    answer(request) {
      const event = read(request);
      try {
        new Webhook(secret ?? '').verify(request.body.toString('utf8'), request.headers as Record<string, string>);
      } catch {
        return { status: 401 };
      }
      const status = statusOf(event);
      if (status === 200) told.push(event);
      return { status };
    },
    refusal: { status: 400 },
    throttled: { status: 429 },
  });
  return Object.assign(vendor, {
    told,
    attempts: () => vendor.requests.map(read),
    expect(next: string) {
      secret = next;
    },
    answerWith(status: number | ((event: ToldEvent) => number)) {
      statusOf = typeof status === 'number' ? () => status : status;
    },
  });
}
