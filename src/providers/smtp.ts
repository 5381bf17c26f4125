import { createTransport } from 'nodemailer';
import { type DeliveryProvider, ProviderError } from './provider.js';

export interface SmtpSettings {
  /** `smtp://user:password@host:port`, or `smtps://` for TLS from the first byte. */
  readonly url: string;
  /** The address codes come from. */
  readonly from: string;
}

const TIMEOUT_MS = 10_000;

/** Email by SMTP (RFC 5321), over a pool of kept connections. */
export function smtpProvider({ url, from }: SmtpSettings): DeliveryProvider {
  const transport = createTransport({
    url,
    pool: true,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = from.slice(from.lastIndexOf('@') + 1).replace(/[>\s]/g, '');

  return {
    name: 'smtp',
    channels: ['EMAIL'],
    mode: 'LIVE',
    async deliver(message) {
      try {
        await transport.sendMail({
          from: { name: message.senderName, address: addressOf(from) },
          // As objects: a string is parsed as a list, and "a@x.com,b@y.com" would reach both.
          to: { name: '', address: message.recipient },
          messageId: `<${message.id}@${domain}>`,
          subject: message.subject,
          text: message.text,
          ...(message.html && { html: message.html }),
          ...(message.attachments && { attachments: message.attachments.map((part) => ({ ...part })) }),
          headers: { 'Auto-Submitted': 'auto-generated' },
        });
        return 'SENT';
      } catch (error) {
        throw asProviderError(error);
      }
    },
    async close() {
      transport.close();
    },
  };
}

const addressOf = (from: string): string => /<([^<>]+)>/.exec(from)?.[1] ?? from.trim();

// A server that refuses a message may quote it, and its link or code is nothing for a log.
function withoutQuotes(error: unknown): unknown {
  if (error instanceof Error) error.message = error.message.replace(/\d{4,}|\S{40,}/g, '…');
  return error;
}

// RFC 5321 section 4.2.1: 5yz is permanent, 4yz is not; a connection that failed says nothing about the recipient.
function asProviderError(error: unknown): ProviderError {
  const { responseCode, code } = error as { responseCode?: number; code?: string };
  if (responseCode !== undefined && responseCode >= 500 && code !== 'EAUTH') {
    return new ProviderError('FINAL', `the mail server refused the message (${responseCode})`, withoutQuotes(error));
  }
  return new ProviderError(
    'RETRY',
    `the mail server could not be used (${responseCode ?? code ?? 'no answer'})`,
    withoutQuotes(error),
  );
}
