/** Answers to what is no request that a route could have: the parser of HTTP has refused it. */
import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

const STATUS: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
};

function refusal(status: number) {
  const requestId = randomUUID();
  const message = `The request was refused: ${STATUS_CODES[status]}.`;
  const body = JSON.stringify({ errors: [{ message, extensions: { code: 'BAD_REQUEST', requestId } }] });
  const headers = {
    'x-request-id': requestId,
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    'cache-control': 'no-store',
    connection: 'close',
  };
  return { headers, body };
}

/** The parser's error, told in the shape of every other, and the end of the connection. */
export function answerClientError(error: Error & { code?: string }, socket: Duplex): void {
  // An answer that has begun must not have another in the middle of it.
  const begun = (socket as { _httpMessage?: ServerResponse })._httpMessage?.headersSent ?? false;
  if (error.code !== 'ECONNRESET' && socket.writable && !begun) {
    const status = STATUS[error.code ?? ''] ?? 400;
    const { headers, body } = refusal(status);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
  }
  socket.destroy(error);
}

/** `Expect` of anything but `100-continue` (RFC 9110 section 10.1.1). */
export function refuseExpectations(server: Pick<Server, 'on'>): void {
  server.on('checkExpectation', (_: IncomingMessage, response: ServerResponse) => {
    const { headers, body } = refusal(417);
    response.writeHead(417, headers).end(body);
  });
}
