/** Carries email to the mail server of the operator. */
import { createTransport } from 'nodemailer';
import type { SmtpSettings } from '../kernel/config-smtp.js';
import { OWN_CODE } from './capabilities.js';
import { ANSWER_LIMIT, DEADLINE_MS } from './http.js';
import { type DeliveryProvider, ProviderError } from './provider.js';

/** Connections that a process keeps at most, unless the URL says how many: some servers refuse more of one client. */
const CONNECTIONS = 5;

/** Email by SMTP (RFC 5321), over a pool of kept connections. */
export function smtpProvider({ url, from }: SmtpSettings, deadlineMs = DEADLINE_MS): DeliveryProvider {
  // The mail client queues what is beyond its connections, while the deadline of each message runs.
  const concurrency = Number(new URL(url).searchParams.get('maxConnections') ?? CONNECTIONS);
  const transport = createTransport({
    url,
    pool: true,
    maxConnections: concurrency,
    connectionTimeout: deadlineMs,
    greetingTimeout: deadlineMs,
    socketTimeout: deadlineMs,
    maxResponseSize: ANSWER_LIMIT,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = from.slice(from.lastIndexOf('@') + 1).replace(/[>\s]/g, '');

  return {
    name: 'smtp',
    mode: 'LIVE',
    custody: 'GATEWAY',
    concurrency,
    capabilities: {
      ...OWN_CODE,
      channels: { EMAIL: { customText: true, senderId: false, languages: 'ANY' } },
      deliveryReports: false,
      // The Message-ID is the same both times, but few servers look at it.
      idempotent: false,
    },
    async deliver(message, signal) {
      try {
        await transport.sendMail({
          // The timeouts above are of silence; a server that drips is kept to the same time.
          signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]),
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
        return { status: 'SENT' };
      } catch (error) {
        throw faultOfMail(error);
      }
    },
    async probe() {
      await transport.verify().catch((error: unknown) => {
        throw faultOfMail(error);
      });
    },
    async close() {
      transport.close();
    },
  };
}

const addressOf = (from: string): string => /<([^<>]+)>/.exec(from)?.[1] ?? from.trim();

const NOT_CONNECTED = ['EDNS', 'ETLS', 'EAUTH'];

interface SmtpError {
  responseCode?: number;
  code?: string;
  syscall?: string;
  command?: string;
}

// RFC 5321 section 4.2.1: 5yz is permanent, 4yz is not, and 421 is the server going away. A failed login, a greeting that
// refuses (section 3.1), a sender that may not send (section 3.3: MAIL FROM comes before any recipient) and a connection
// that never came about say nothing about the recipient. The exception itself holds the recipient, and is left behind.
function faultOfMail(error: unknown): ProviderError {
  const { responseCode, code, syscall, command } = error as SmtpError;
  const because = `the mail server could not be used (${responseCode ?? code ?? 'no answer'})`;
  const isRefused = responseCode !== undefined && (code === 'EPROTOCOL' || command === 'EHLO');
  const isBarred = command === 'MAIL FROM' && responseCode !== undefined && responseCode >= 500;
  const isUnsent = syscall === 'connect' || NOT_CONNECTED.includes(code ?? '') || responseCode === 421;
  if (isUnsent || isRefused || isBarred) return new ProviderError('DOWN', because);
  if (responseCode === undefined) return new ProviderError('UNCLEAR', because);
  if (responseCode >= 500) return new ProviderError('FINAL', `the mail server refused the message (${responseCode})`);
  return new ProviderError('RETRY', because);
}
