/** A vendor on a free port of this machine: real HTTP, state of its own, and misbehavior on demand. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface VendorRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface VendorAnswer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/**
 * `refuse`, `throttle`: in the vendor's own words. `silent`: takes the request and never answers. `cut`: the line goes
 * in the middle of the answer. The others are what stands in front of a vendor on a bad day.
 */
export type Misbehavior = 'refuse' | 'throttle' | 'silent' | 'cut' | 'error' | 'page' | 'huge' | 'redirect';

export interface Vendor extends AsyncDisposable {
  readonly url: string;
  /** Everything that was asked, whatever was answered. */
  readonly requests: readonly VendorRequest[];
  misbehave(misbehavior?: Misbehavior): void;
  /** Takes requests and answers none of them until it is let go. */
  hold(): { letGo(): void };
  /** Answers this, whatever is asked, until it is told how to behave. */
  say(answer: VendorAnswer): void;
  /** Refuses connections from now on. */
  close(): Promise<void>;
  /** Takes them again, at the same address. */
  open(): Promise<void>;
}

export interface VendorWords {
  /** Checks credentials and does what is asked. */
  answer(request: VendorRequest): VendorAnswer;
  /** How it says that a recipient cannot be reached. */
  readonly refusal: VendorAnswer;
  readonly throttled: VendorAnswer;
}

export async function startVendor({ answer, refusal, throttled }: VendorWords): Promise<Vendor> {
  const requests: VendorRequest[] = [];
  let misbehavior: Misbehavior | undefined;
  let fixed: VendorAnswer | undefined;
  let held = Promise.resolve();
  let port = 0;

  async function respond(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://vendor');
    const body = await buffer(incoming);
    const { method = '', headers } = incoming;
    const request = { method, path: pathname, query: searchParams, headers, body };
    requests.push(request);
    await held;
    switch (misbehavior) {
      case 'silent':
        return;
      case 'cut':
        outgoing.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
        outgoing.write('{"half":', () => outgoing.destroy());
        return;
      case 'huge':
        return pour(outgoing);
      case undefined:
        return say(outgoing, fixed ?? answer(request));
      default:
        return say(outgoing, { refuse: refusal, throttle: throttled, ...WEATHER }[misbehavior]);
    }
  }

  const server = createServer((incoming, outgoing) => void respond(incoming, outgoing).catch(() => outgoing.destroy()));
  const open = async () => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  };
  const close = async () => {
    if (!server.listening) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  await open();
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    misbehave(next) {
      misbehavior = next;
      fixed = undefined;
    },
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return { letGo: resolve };
    },
    say(answer) {
      fixed = answer;
    },
    close,
    open,
    [Symbol.asyncDispose]: close,
  };
}

const WEATHER: Record<'error' | 'page' | 'redirect', VendorAnswer> = {
  error: { status: 500, body: 'internal error' },
  page: { status: 200, headers: { 'content-type': 'text/html' }, body: '<!doctype html><title>Maintenance</title>' },
  redirect: { status: 307, headers: { location: 'http://169.254.169.254/latest/meta-data' } },
};

function say(outgoing: ServerResponse, { status, headers, body = '' }: VendorAnswer): void {
  // Hung up, without a word.
  if (status === 0) return void outgoing.destroy();
  outgoing.writeHead(status, headers).end(body);
}

/** Ten megabytes, for as long as somebody reads. */
function pour(outgoing: ServerResponse): void {
  const chunk = Buffer.alloc(64 * 1024, '"');
  let left = 160;
  const more = (): void => {
    while (left > 0 && !outgoing.destroyed) {
      left -= 1;
      if (!outgoing.write(chunk)) return void outgoing.once('drain', more);
    }
    outgoing.end();
  };
  outgoing.writeHead(200, { 'content-type': 'application/json' });
  more();
}

export const json = (status: number, body: unknown, headers: Record<string, string> = {}): VendorAnswer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});
