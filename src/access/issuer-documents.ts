/** Reading the documents of a workspace's identity provider. The address is a caller's. */
import { createOutside, type Resolve } from '../providers/outside.js';

/** For one document, from the name lookup to its last byte. */
export const DOCUMENT_TIMEOUT_MS = 5_000;
/** Bytes of a document at most. */
export const DOCUMENT_LIMIT = 100_000;

export interface IssuerDocuments {
  /** Why no document is fetched from this URL, in words for a developer, or undefined where one may be. */
  faultOf(url: string): string | undefined;
  /**
   * The JSON document at a URL.
   * @throws {Error} where there is none, whatever the reason
   */
  read(url: string): Promise<unknown>;
}

/** @param production whether only public addresses are reached, and by TLS only */
export function createIssuerDocuments(production: boolean, resolve?: Resolve): IssuerDocuments {
  const outside = createOutside(production, resolve);
  const call = { headers: { accept: 'application/json' }, timeoutMs: DOCUMENT_TIMEOUT_MS };
  return {
    faultOf: outside.faultOf,
    async read(url) {
      const fault = outside.faultOf(url);
      if (fault !== undefined) throw new Error(`The URL of an issuer's document ${fault}`);
      const text = await outside.call(url, call, async (response) => {
        if (response.statusCode !== 200) throw new Error(`An issuer's document answered ${response.statusCode}`);
        const chunks: Buffer[] = [];
        let size = 0;
        for await (const chunk of response as AsyncIterable<Buffer>) {
          size += chunk.length;
          if (size > DOCUMENT_LIMIT) throw new Error(`An issuer's document is longer than ${DOCUMENT_LIMIT} bytes`);
          chunks.push(chunk);
        }
        return Buffer.concat(chunks).toString('utf8');
      });
      return JSON.parse(text);
    },
  };
}
