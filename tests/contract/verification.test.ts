/** The contract, run against each provider that holds the code, over a fake of its vendor. */
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/kernel/config.js';
import { birdVerifyProvider } from '../../src/providers/bird-verify.js';
import { birdVerifyV1Provider } from '../../src/providers/bird-verify-v1.js';
import { buildProviders } from '../../src/providers/build.js';
import { easyConnectProvider } from '../../src/providers/easy-connect.js';
import { ezidProvider } from '../../src/providers/ezid.js';
import { lightsparkGridProvider } from '../../src/providers/lightspark-grid.js';
import type { StartRequest, VerificationProvider } from '../../src/providers/provider.js';
import { transmitSecurityProvider } from '../../src/providers/transmit-security.js';
import { twilioVerifyProvider } from '../../src/providers/twilio-verify.js';
import { UPSTREAMS } from '../support/upstreams.js';
import { BIRD } from '../support/vendors/bird.js';
import { BIRD_TEMPLATE, BIRD_VERIFY, startBirdVerify } from '../support/vendors/bird-verify.js';
import { BIRD_V1 } from '../support/vendors/bird-verify-v1.js';
import { EASY, startEasy } from '../support/vendors/easy.js';
import { EZID, startEzid } from '../support/vendors/ezid.js';
import { GRID, startGrid } from '../support/vendors/grid.js';
import { everyProvider } from '../support/vendors/settings.js';
import { startTransmit, TRANSMIT } from '../support/vendors/transmit.js';
import { TWILIO } from '../support/vendors/twilio.js';
import { startTwilioVerify, TWILIO_VERIFY } from '../support/vendors/twilio-verify.js';
import { describedNames, describeVerificationProvider } from './verification-provider.js';

const NUMBER = '+4915123456789';
const EMAIL = 'ada@example.com';
const ADA = { platformCustomerId: 'shop/42' };
const recipientOf = (channel: string) => (channel === 'EMAIL' ? EMAIL : NUMBER);
const door = (deadlineMs: number) => ({ allowLoopback: true, deadlineMs });

for (const channel of ['SMS', 'EMAIL', 'WHATSAPP', 'VOICE'] as const) {
  describeVerificationProvider({
    name: 'twilio-verify',
    channel,
    recipient: recipientOf(channel),
    subject: ADA,
    secrets: [TWILIO.authToken],
    start: startTwilioVerify,
    provider: ({ url }, deadlineMs, rightly) => {
      const { accountSid } = TWILIO;
      const authToken = rightly ? TWILIO.authToken : 'wrong';
      return twilioVerifyProvider({ ...TWILIO_VERIFY, baseUrl: url, accountSid, authToken }, door(deadlineMs));
    },
  });
}

for (const channel of ['SMS', 'EMAIL', 'WHATSAPP'] as const) {
  describeVerificationProvider({
    name: 'bird-verify',
    channel,
    recipient: recipientOf(channel),
    subject: ADA,
    secrets: [BIRD.accessKey],
    start: startBirdVerify,
    provider: ({ url }, deadlineMs, rightly) => {
      const { workspaceId } = BIRD;
      const channels = {
        SMS: { channelId: BIRD_VERIFY.smsChannelId },
        EMAIL: { channelId: BIRD_VERIFY.emailChannelId },
        WHATSAPP: { channelId: BIRD_VERIFY.whatsappChannelId, template: BIRD_TEMPLATE },
      };
      const accessKey = rightly ? BIRD.accessKey : 'wrong';
      return birdVerifyProvider({ baseUrl: url, workspaceId, accessKey, channels }, door(deadlineMs));
    },
  });
}

for (const channel of ['SMS', 'EMAIL', 'WHATSAPP', 'VOICE'] as const) {
  describeVerificationProvider({
    name: 'bird-verify-v1',
    channel,
    recipient: recipientOf(channel),
    subject: ADA,
    secrets: [BIRD_V1.apiKey],
    start: startBirdVerify,
    provider: ({ url }, deadlineMs, rightly) => {
      const apiKey = rightly ? BIRD_V1.apiKey : 'bk_eu1_wrong';
      return birdVerifyV1Provider({ baseUrl: url, apiKey }, door(deadlineMs));
    },
    understood: { waits: false },
  });
}

for (const channel of ['SMS', 'EMAIL'] as const) {
  describeVerificationProvider({
    name: 'transmit-security',
    channel,
    recipient: recipientOf(channel),
    subject: { ...ADA, userToken: TRANSMIT.userToken },
    secrets: [TRANSMIT.userToken],
    start: startTransmit,
    provider: ({ url }, deadlineMs, rightly) => {
      const provider = transmitSecurityProvider({ baseUrl: url, emailLinks: false }, door(deadlineMs));
      return rightly ? provider : speakingFor(provider, 'wrong');
    },
    // The credentials are one user's: what is wrong with them is nothing about the vendor.
    understood: { unauthorized: 'FINAL' },
  });

  describeVerificationProvider({
    name: 'lightspark-grid',
    channel,
    recipient: recipientOf(channel),
    subject: ADA,
    secrets: [GRID.clientSecret],
    async start() {
      const vendor = await startGrid();
      vendor.enroll(ADA.platformCustomerId, { email: 'Ada@Example.com', phoneNumber: NUMBER });
      return vendor;
    },
    ...(channel === 'EMAIL' && { sentTo: 'Ada@Example.com' }),
    provider: ({ url }, deadlineMs, rightly) => {
      const { tokenId } = GRID;
      const clientSecret = rightly ? GRID.clientSecret : 'wrong';
      return lightsparkGridProvider({ baseUrl: url, tokenId, clientSecret }, door(deadlineMs));
    },
    // It says "invalid or expired" in one.
    understood: { expired: 'INCORRECT' },
  });
}

describeVerificationProvider({
  name: 'ezid',
  channel: 'SMS',
  recipient: NUMBER,
  subject: ADA,
  secrets: [EZID.clientSecret],
  start: startEzid,
  provider: ({ url }, deadlineMs, rightly) => {
    const { clientId } = EZID;
    const clientSecret = rightly ? EZID.clientSecret : 'wrong';
    return ezidProvider({ baseUrl: url, clientId, clientSecret }, door(deadlineMs));
  },
  understood: { repeated: 'INCORRECT', unknown: 'INCORRECT' },
});

describeVerificationProvider({
  name: 'easy-connect',
  channel: 'SMS',
  recipient: NUMBER,
  sentTo: EMAIL,
  subject: { ...ADA, email: EMAIL },
  secrets: [EASY.apiKey],
  async start() {
    const vendor = await startEasy();
    vendor.enroll(EMAIL);
    return vendor;
  },
  provider: ({ url }, deadlineMs, rightly) => {
    const { sendPath } = EASY;
    const apiKey = rightly ? EASY.apiKey : 'wrong';
    return easyConnectProvider({ baseUrl: url, apiKey, sendPath }, door(deadlineMs));
  },
});

function speakingFor(provider: VerificationProvider, userToken: string): VerificationProvider {
  const as = <Request extends Pick<StartRequest, 'subject'>>(request: Request) => {
    return { ...request, subject: { ...request.subject, userToken } };
  };
  return {
    ...provider,
    start: (request, signal) => provider.start(as(request), signal),
    check: (request, signal) => provider.check(as(request), signal),
  };
}

test('the suite is run against every holder of codes that can be configured', async () => {
  const registry = await buildProviders(loadConfig(everyProvider()));
  const holders = registry.all().filter(({ custody }) => custody === 'PROVIDER');
  expect([...describedNames].sort()).toEqual(holders.map(({ name }) => name).sort());
  expect(Object.keys(UPSTREAMS), 'and so is the main job').toEqual(holders.map(({ name }) => name));
  await registry.close();
});
