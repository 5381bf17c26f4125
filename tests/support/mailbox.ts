/** A real SMTP server (RFC 5321) on a free port of this machine, which keeps what it takes and misbehaves on demand. */
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';

export interface Mail {
  /** The envelope: whom the mail really goes to, whatever its header says. */
  readonly from: string;
  readonly to: readonly string[];
  readonly email: Email;
  readonly raw: string;
}

export interface Misbehavior {
  /** Greets whoever connects with this status. */
  refuseGreeting?: number;
  /** Answers MAIL FROM with this status. */
  refuseSender?: number;
  /** Answers RCPT TO with this status. */
  refuseRecipient?: number;
  /** Answers the message with this status. */
  refuseMessage?: number;
  /** Repeats the message's text in that answer, as filters do that dislike a link. */
  quote?: boolean;
  /** Takes the message, waits, and then answers. */
  slowMs?: number;
  /** Takes the message and cuts the connection instead of answering. */
  drop?: boolean;
}

export interface Mailbox extends AsyncDisposable {
  readonly url: string;
  readonly mails: readonly Mail[];
  /** Every RCPT TO that was ever said, refused ones included. */
  readonly recipients: readonly string[];
  /** What was repeated of messages that were refused. */
  readonly quotes: readonly string[];
  mailsTo(address: string): Mail[];
  misbehave(misbehavior: Misbehavior): void;
  /** Refuses connections from now on. */
  close(): Promise<void>;
  /** Takes them again, at the same address. */
  open(): Promise<void>;
}

/** @param login `user:password` that it insists on; absent: it knows no logins */
export async function startMailbox(login?: string): Promise<Mailbox> {
  const mails: Mail[] = [];
  const recipients: string[] = [];
  const quotes: string[] = [];
  let misbehavior: Misbehavior = {};
  const sockets = new Set<Socket>();
  let port = 0;
  let server: SMTPServer | undefined;

  const open = async () => {
    server = new SMTPServer({
      authOptional: login === undefined,
      disabledCommands: login === undefined ? ['AUTH', 'STARTTLS'] : ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _, done) =>
        done(`${username}:${password}` === login ? null : refusal(535), { user: username }),
      disableReverseLookup: true,
      closeTimeout: 50,
      onConnect: (_, done) => done(refusal(misbehavior.refuseGreeting)),
      onMailFrom: (_, __, done) => done(refusal(misbehavior.refuseSender)),
      onRcptTo({ address }, _, done) {
        recipients.push(address);
        done(refusal(misbehavior.refuseRecipient));
      },
      async onData(stream, session, done) {
        const data = await buffer(stream).catch(() => undefined);
        // The client went away in the middle of it.
        if (!data) return;
        const raw = data.toString('utf8');
        const { slowMs = 0, drop = false, refuseMessage, quote = false } = misbehavior;
        const text = quote ? (await PostalMime.parse(raw)).text?.replaceAll(/\s+/g, ' ') : undefined;
        if (text !== undefined) quotes.push(text);
        if (refuseMessage !== undefined) return done(refusal(refuseMessage, text));
        const { mailFrom, rcptTo } = session.envelope;
        const from = mailFrom === false ? '' : mailFrom.address;
        mails.push({ from, to: rcptTo.map(({ address }) => address), raw, email: await PostalMime.parse(raw) });
        await pause(slowMs);
        if (drop) for (const socket of sockets) socket.destroy();
        return done();
      },
    });
    // A client that goes away in the middle is what some tests are about.
    server.on('error', () => {});
    const listener = server.listen(port, '127.0.0.1');
    listener.on('connection', (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    await once(listener, 'listening');
    port = (listener.address() as AddressInfo).port;
  };
  const close = () => new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));

  await open();
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    recipients,
    quotes,
    mailsTo: (address) => mails.filter(({ to }) => to.includes(address)),
    misbehave(next) {
      misbehavior = next;
    },
    close,
    open,
    [Symbol.asyncDispose]: close,
  };
}

function refusal(status: number | undefined, text = 'refused by the test'): Error | null {
  return status === undefined ? null : Object.assign(new Error(text), { responseCode: status });
}

/** The code that stands first in the mail's subject and text. */
export function codeIn({ email }: Mail): string {
  const code = /^(\d{4,12}) is your /.exec(email.subject ?? '')?.[1];
  if (code === undefined || !email.text?.startsWith(`${code} is your `))
    throw new Error(`No code in: ${email.subject}`);
  return code;
}
