/** Everything about the identity providers of workspaces, bound to its dependencies once. */
import type { Connection } from '../entities/database.js';
import type { Clock } from '../kernel/clock.js';
import type { TokenReader } from './authenticate.js';
import { createIssuerDirectory } from './issuer-directory.js';
import { createIssuerDocuments, type IssuerDocuments } from './issuer-documents.js';
import { createIssuerKeys } from './issuer-keys.js';
import { createUserTokenReader } from './user-token.js';

export interface Issuers {
  readonly documents: IssuerDocuments;
  /** Reads the tokens of the providers. */
  readonly tokens: TokenReader;
  /** Drops what this process has cached of the workspaces' lists. */
  forget(): void;
}

export interface IssuerDeps {
  readonly pool: Connection;
  readonly clock: Clock;
  readonly production: boolean;
  /** The gateway's own `iss`. */
  readonly ownIssuer: string;
}

export function bindIssuers({ pool, clock, production, ownIssuer }: IssuerDeps): Issuers {
  const documents = createIssuerDocuments(production);
  const directory = createIssuerDirectory(pool, clock);
  const keys = createIssuerKeys(documents, clock);
  return {
    documents,
    tokens: createUserTokenReader({ pool, directory, keys, ownIssuer }),
    forget: () => directory.forget(),
  };
}
