/** Which text a request runs, and whether its caller may: between the credentials and Apollo Server. */
import type { Principal } from '../access/principal.js';
import { GatewayError } from '../kernel/errors.js';
import { sha256Of } from '../operations/operation-id.js';
import type { OperationRegistry } from '../operations/use-cases.js';
import { type AskedOperation, askedOperation, type Parameters, textIn } from './asked-operation.js';
import type { DocumentStore } from './document-store.js';

export interface AdmittedOperation {
  readonly text: string;
  /** Published by the workspace, and not registered by a client. */
  readonly isPublished?: boolean;
  /** To be called once the text is known to be valid: keeps it for callers who send its hash alone. */
  readonly register?: () => void;
}

/**
 * Undefined where the request names no operation: Apollo Server refuses it.
 * @throws {GatewayError} PERSISTED_QUERY_NOT_FOUND, OPERATION_NOT_ALLOWED, BAD_REQUEST, or UNAUTHENTICATED for an id
 * without a credential
 */
export type OperationGate = (
  principal: Principal | undefined,
  parameters: Parameters,
) => Promise<AdmittedOperation | undefined>;

export function createOperationGate(registry: OperationRegistry, documents: DocumentStore): OperationGate {
  return async (principal, parameters) => {
    // A text that is published is refused too: what is let through is decided by the id alone, never by comparing.
    if (principal?.persistedOnly && textIn(parameters) !== undefined) throw notAllowed();
    const asked = askedOperation(parameters);
    if (!asked) {
      if (principal?.persistedOnly) throw notAllowed();
      return undefined;
    }
    return asked.text === undefined ? byId(principal, asked.id as string) : byText(principal, asked, asked.text);
  };

  function byText(
    principal: Principal | undefined,
    { id, registers }: AskedOperation,
    text: string,
  ): AdmittedOperation {
    const sha256 = id === undefined ? undefined : sha256Of(id);
    if (!principal || sha256 === undefined || !registers || !mayRegister(principal)) return { text };
    return { text, register: () => registry.register(principal, sha256, text) };
  }

  async function byId(principal: Principal | undefined, id: string): Promise<AdmittedOperation> {
    if (!principal) {
      throw new GatewayError('UNAUTHENTICATED', 'A credential is needed: operations are published by workspaces.');
    }
    const sha256 = sha256Of(id);
    const admitted = sha256 === undefined ? undefined : await find(principal, sha256);
    // Apollo's clients know this message and this code, and send the text next.
    if (!admitted) throw new GatewayError('PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound');
    return admitted;
  }

  async function find(principal: Principal, sha256: string): Promise<AdmittedOperation | undefined> {
    const published = await registry.findPublished(principal.workspaceId, sha256);
    if (published !== undefined) {
      documents.keepPublished(sha256);
      return { text: published, isPublished: true };
    }
    // Nobody who owns the workspace has looked at a registered text, so a narrowed key must not reach it.
    const text = principal.persistedOnly ? undefined : await registry.findRegistered(principal, sha256);
    return text === undefined ? undefined : { text };
  }
}

const notAllowed = () =>
  new GatewayError('OPERATION_NOT_ALLOWED', 'This key runs published operations only, by their id.');

// In live mode anybody with a publishable key could fill the memory of the process.
const mayRegister = ({ mode, scopes }: Principal): boolean => mode === 'TEST' || scopes.includes('operations:write');
