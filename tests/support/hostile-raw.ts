/** Bytes on a raw socket that are hardly a request, or one that never ends. */
import { connect } from 'node:net';
import { damaged, type Outcome, PATIENCE_MS, type Random } from './hostile.js';

/** With which HTTP/2 begins: RFC 9113, 3.4. */
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const LINES = [
  'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\n{',
  'POST /graphql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFF\r\n',
  'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n',
  'GET / HTTP/9.9\r\n\r\n',
  'GET /graphql HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
  `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
  `GET / HTTP/1.1\r\n${'a: b\r\n'.repeat(3_000)}\r\n`,
  '\u0016\u0003\u0001\u0002\u0000\u0001\u0000',
  PREFACE,
  '\r\n\r\n\r\n',
];

/** What no method begins with: RFC 9110, 5.6.2. */
const NO_METHOD = /^[^\w!#$%&'*+.^`|~-]/;
/** How long one that waits for more is left to wait. */
const UNFINISHED_MS = 200;

/** What became of it; `unfinished` where the server rightly waited for more. */
export type RawOutcome = Outcome | 'unfinished';

/**
 * Whether a server has all that it needs for an answer. Where that is not certain it says no: it must never be taken for
 * a hang that a server waits for a body that was announced.
 */
export function isWhole(bytes: string): boolean {
  // RFC 9112, 2.2: empty lines before a request are none of it.
  const text = bytes.replace(/^[\r\n]+/, '');
  if (NO_METHOD.test(text)) return true;
  const end = text.indexOf('\r\n\r\n');
  const isCutPreface = PREFACE.startsWith(text) && text.length < PREFACE.length;
  if (end < 0 || isCutPreface) return false;
  const [head, body] = [text.slice(0, end), text.slice(end + 4)];
  if (/transfer-encoding/i.test(head)) return body.startsWith('0\r\n\r\n');
  const length = /content-length/i.test(head) ? (/content-length: ?(\d+)\r?$/im.exec(head)?.[1] ?? Infinity) : 0;
  return body.length >= Number(length);
}

/** One such, damaged. A whole one is waited for until the server answers and closes, or closes. */
export const attackRaw = (url: string, random: Random, patienceMs?: number): Promise<RawOutcome> =>
  sendRaw(url, damaged(random.oneOf(LINES), random), patienceMs);

/** What becomes of these bytes. */
export async function sendRaw(url: string, text: string, patienceMs = PATIENCE_MS): Promise<RawOutcome> {
  const { hostname, port } = new URL(url);
  const bytes = Buffer.from(text, 'latin1');
  const whole = isWhole(bytes.toString('latin1'));
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    answer += chunk.toString('latin1');
    // Else it waits for the next request on this connection, which nobody sends.
    socket.end();
  });
  const closed = new Promise<'closed'>((resolve) => socket.once('close', () => resolve('closed')));
  socket.write(bytes);
  const tired = whole ? undefined : setTimeout(() => socket.end(), UNFINISHED_MS);
  let patience: NodeJS.Timeout | undefined;
  const hung = new Promise<'hung'>((resolve) => {
    patience = setTimeout(() => resolve('hung'), patienceMs);
  });
  const end = await Promise.race([closed, hung]);
  for (const timer of [tired, patience]) clearTimeout(timer);
  socket.destroy();
  if (end === 'hung') return end;
  if (!whole) return 'unfinished';
  const status = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1];
  return status === undefined ? 'closed' : Number(status);
}
