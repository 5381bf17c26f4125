/** A gateway whose links go by Transmit Security, behind it a mail server; and people who come with a user token. */
import { type CustomerView, createCaller, type Variables, type VerificationView } from './caller.js';
import { dataOf } from './graphql-client.js';
import { startGateway } from './harness.js';
import { startIdentityProvider } from './identity-provider.js';
import { PUBLIC_URL, REDIRECT, SECRET } from './link-mail.js';
import { open, sendLink, tokenOf } from './links.js';
import { startMailbox } from './mailbox.js';
import { transmitSettings } from './vendors/settings.js';
import { startTransmit } from './vendors/transmit.js';
import { waitFor } from './wait-for.js';

const UPDATE = 'mutation ($input: UpdateWorkspaceInput!) { updateWorkspace(input: $input) { id } }';

/** Whoever starts it disposes of it. */
export async function startTransmitLinks(env: Record<string, string> = {}) {
  await using starting = new AsyncDisposableStack();
  const transmit = starting.use(await startTransmit());
  const mailbox = starting.use(await startMailbox());
  const issuer = starting.use(await startIdentityProvider());
  const gateway = starting.use(
    await startGateway({
      env: {
        SMTP_URL: mailbox.url,
        MAIL_FROM: 'codes@gateway.example',
        ...transmitSettings(transmit.url),
        PROVIDER_EMAIL: 'transmit-security,smtp',
        GATEWAY_SECRET: SECRET,
        GATEWAY_PUBLIC_URL: PUBLIC_URL,
        ...env,
      },
    }),
  );
  transmit.allowRedirect(`${PUBLIC_URL}/l/`);
  const { id: workspaceId, live } = await gateway.workspace();
  await gateway.sql('update workspace set redirect_uris = $2 where id = $1', [workspaceId, [REDIRECT]]);
  dataOf(await live.query(UPDATE, { input: { tokenIssuers: [issuer.entry] } }));
  let people = 0;

  /** A customer who calls by themselves, with a token that Transmit knows. */
  async function person() {
    people += 1;
    const email = `linked${people}@example.com`;
    const { id: customerId, platformCustomerId } = await live.createCustomer();
    const userToken = await issuer.sign({ sub: platformCustomerId });
    transmit.accept(userToken);
    const self = createCaller(gateway.url, userToken);
    const customer = () => live.call<CustomerView>('customer', { id: customerId });
    return { self, userToken, customerId, email, customer };
  }

  /** A link that one of them had sent, and where it is read. */
  async function linked(input: Variables = {}) {
    const who = await person();
    const sent = await sendLink(who.self, { email: who.email, redirectUri: REDIRECT, ...input });
    if (!sent.verification) throw new Error(`Not accepted: ${JSON.stringify(sent)}`);
    const { id } = sent.verification;
    const token = tokenOf(SECRET, workspaceId, 'LIVE', id);
    const stored = () => live.call<VerificationView>('verification', { id });
    const mail = () =>
      waitFor(`Transmit's mail to ${who.email}`, async () => {
        const [step] = (await stored()).steps;
        return step?.status === 'SENT' && transmit.mails.find(({ to }) => to === who.email);
      });
    return { ...who, id, token, page: `${gateway.url}/l/${token}`, stored, mail };
  }

  /** Opens a link of Transmit's; where it leads, as this machine reaches the gateway. */
  async function followed(link: string): Promise<string> {
    const { status, location } = await open(link);
    if (status !== 302 || !location?.startsWith(PUBLIC_URL)) throw new Error(`Transmit answered ${status} ${location}`);
    return `${gateway.url}${location.slice(PUBLIC_URL.length)}`;
  }

  const resources = starting.move();
  return {
    transmit,
    mailbox,
    gateway,
    workspaceId,
    live,
    person,
    linked,
    followed,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
