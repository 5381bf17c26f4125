/** `gateway operations publish`: a client's operations, to a gateway that runs or to its database. */
import { MAX_OPERATIONS, type OperationInput, type Published } from '../operations/publish.js';
import { graphqlOver } from './graphql-call.js';
import { type ListedOperation, readOperations } from './manifest.js';

/** Publishes one call's worth. */
export type PublishCall = (operations: readonly OperationInput[]) => Promise<Published>;

/** Bytes of JSON in one call: what is left of the server's 100 kB for the mutation around it. */
const CALL_BYTES = 90_000;

/**
 * Publishes in as many calls as the operations need. Each call publishes all of its own or none; where a later one is
 * refused, the earlier ones stay, which changes nothing for anybody: an id means one text for ever.
 * @param progress told after each call but the last
 * @throws {Error} that names the operation that was refused
 */
export async function publishFrom(
  path: string,
  publish: PublishCall,
  progress: (done: number, of: number) => void,
): Promise<Published> {
  const operations = readOperations(path);
  const total = { published: 0, alreadyPublished: 0 };
  let done = 0;
  for (const call of callsOf(operations)) {
    const outcome = await publish(call.map(({ id, body }) => ({ id, body }))).catch((error: unknown) => {
      throw new Error(withPlace(error, call) + (done > 0 ? ` (the ${done} before it are published)` : ''));
    });
    total.published += outcome.published;
    total.alreadyPublished += outcome.alreadyPublished;
    done += call.length;
    if (done < operations.length) progress(done, operations.length);
  }
  return total;
}

function callsOf(operations: readonly ListedOperation[]): ListedOperation[][] {
  const calls: ListedOperation[][] = [[]];
  let bytes = 0;
  for (const operation of operations) {
    const size = Buffer.byteLength(JSON.stringify(operation.body)) + 100;
    const last = calls.at(-1) as ListedOperation[];
    if (last.length > 0 && (bytes + size > CALL_BYTES || last.length >= MAX_OPERATIONS)) {
      calls.push([operation]);
      bytes = size;
    } else {
      last.push(operation);
      bytes += size;
    }
  }
  return calls;
}

/** The gateway names an operation by its place in the call; an operator knows it by its file and name. */
function withPlace(error: unknown, call: readonly ListedOperation[]): string {
  const { message } = error as Error;
  const match = /^input\.operations\.(\d+)\.\w+: (.*)$/s.exec(message);
  const place = match && call[Number(match[1])]?.place;
  return place ? `${place}: ${match[2]}` : message;
}

const MUTATION = `mutation PublishOperations($input: PublishOperationsInput!) {
  publishOperations(input: $input) { published alreadyPublished }
}`;

/** Publishes over HTTP, to a gateway elsewhere. */
export function overHttp(url: string, key: string): PublishCall {
  const call = graphqlOver(url, key);
  return async (operations) =>
    (await call<{ publishOperations: Published }>(MUTATION, { input: { operations } })).publishOperations;
}
