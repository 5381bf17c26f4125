/** A vendor's call about a message, and what it says. */

export interface CallbackRequest {
  /** Built from `GATEWAY_PUBLIC_URL`, never from the Host header: vendors sign it. With its query. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** As it came, because that is what was signed. */
  readonly body: Buffer;
}

/** What became of one message. It is named by the reference it was sent with, or by the vendor's id. */
export interface DeliveryReport {
  readonly message: { readonly reference: string } | { readonly providerRef: string };
  readonly status: 'SENT' | 'DELIVERED' | 'FAILED';
  /** Why it failed, in the gateway's words. */
  readonly reason?: string;
}

export interface CallbackReader {
  /**
   * Checks who signed the call, then reads it. What is not about a message is no report.
   * @throws {CallbackRefused}
   */
  read(request: CallbackRequest): Promise<readonly DeliveryReport[]>;
}

/** The call is not signed by the vendor, or too old, or cannot be read. Why is for the log only. */
export class CallbackRefused extends Error {
  override readonly name = 'CallbackRefused';
}
