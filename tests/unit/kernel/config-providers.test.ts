import { getCountries } from 'libphonenumber-js';
import { describe, expect, test } from 'vitest';
import { ConfigError, loadConfig } from '../../../src/kernel/config.js';
import {
  birdSettings,
  birdVerifySettings,
  easySettings,
  everyProvider,
  ezidSettings,
  gridSettings,
  snsSettings,
  transmitSettings,
  twilioSettings,
  twilioVerifySettings,
  webhookSettings,
} from '../../support/vendors/settings.js';

const faultsOf = (env: Record<string, string>): readonly string[] => {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
};
const production = {
  NODE_ENV: 'production',
  GATEWAY_SECRET: 'x'.repeat(32),
  GATEWAY_PUBLIC_URL: 'https://gateway.example',
  GATEWAY_SIGNING_KEYS: '/etc/gateway/keys.json',
};
const without = (env: Record<string, string>, ...names: string[]) =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)));

test('every provider can be configured at once', () => {
  expect(faultsOf(everyProvider())).toEqual([]);
  expect(loadConfig(everyProvider()).providers).toMatchObject({
    twilio: { voice: { from: '+15005550006' }, whatsapp: { content: { en: expect.stringMatching(/^HX/) } } },
    sns: { region: 'eu-central-1', topicArn: undefined },
    bird: { signingKey: expect.any(String) },
    webhook: { channels: ['EMAIL', 'SMS', 'WHATSAPP', 'VOICE'] },
  });
});

test.each([
  ['eu-central-1', 'https://sns.eu-central-1.amazonaws.com'],
  ['cn-north-1', 'https://sns.cn-north-1.amazonaws.com.cn'],
])('SNS in %s is called at %s unless SNS_BASE_URL says otherwise', (SNS_REGION, baseUrl) => {
  expect(loadConfig({ ...without(snsSettings(), 'SNS_BASE_URL'), SNS_REGION }).providers.sns).toMatchObject({
    baseUrl,
  });
});

describe('U3: a setting that is good for nothing without another is a fault that names the other:', () => {
  test.each<[Record<string, string>, string[]]>([
    [without(twilioSettings(), 'TWILIO_AUTH_TOKEN'), ['TWILIO_AUTH_TOKEN']],
    [{ TWILIO_FROM: '+15005550006' }, ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN']],
    [without(twilioSettings(), 'TWILIO_WHATSAPP_CONTENT'), ['TWILIO_WHATSAPP_CONTENT']],
    [without(snsSettings(), 'SNS_REGION'), ['SNS_REGION']],
    [without(snsSettings(), 'SNS_SECRET_ACCESS_KEY'), ['SNS_SECRET_ACCESS_KEY']],
    [without(birdSettings(), 'BIRD_WORKSPACE_ID'), ['BIRD_WORKSPACE_ID']],
    [without(webhookSettings(), 'HTTP_SECRET'), ['HTTP_SECRET']],
    [without(twilioVerifySettings(), 'TWILIO_VERIFY_SERVICE_SID'), ['TWILIO_VERIFY_SERVICE_SID']],
    [without(twilioVerifySettings(), 'TWILIO_ACCOUNT_SID'), ['TWILIO_ACCOUNT_SID']],
    [without(birdVerifySettings(), 'BIRD_VERIFY_WHATSAPP_TEMPLATE'), ['BIRD_VERIFY_WHATSAPP_TEMPLATE']],
    [{ BIRD_API_BASE_URL: 'https://vendor.example' }, ['BIRD_API_KEY']],
    [{ BIRD_API_KEY: 'an-access-key' }, ['BIRD_API_KEY']],
    [without(transmitSettings(), 'TRANSMIT_BASE_URL'), ['TRANSMIT_BASE_URL']],
    [{ ...transmitSettings(), TRANSMIT_EMAIL_LINKS: 'yes' }, ['TRANSMIT_EMAIL_LINKS']],
    [without(gridSettings(), 'GRID_CLIENT_SECRET'), ['GRID_CLIENT_SECRET']],
    [without(ezidSettings(), 'EZID_CLIENT_ID'), ['EZID_CLIENT_ID']],
    [without(easySettings(), 'EASY_SEND_PATH'), ['EASY_SEND_PATH']],
  ])('%o', (env, settings) => {
    expect(faultsOf(env).map((fault) => fault.split(' ')[0])).toEqual(settings);
  });
});

test('Bird’s newer API is called in the region that its key names', () => {
  const { birdVerifyV1 } = loadConfig({ BIRD_API_KEY: 'bk_us2_abc' }).providers;
  expect(birdVerifyV1).toEqual({ apiKey: 'bk_us2_abc', baseUrl: 'https://us2.platform.bird.com' });
});

test.each([
  [{}, false],
  [{ TRANSMIT_EMAIL_LINKS: 'off' }, false],
  [{ TRANSMIT_EMAIL_LINKS: 'on' }, true],
])('links go by Transmit Security only where it is said: %o', (links, emailLinks) => {
  const { transmit } = loadConfig({ ...without(transmitSettings(), 'TRANSMIT_EMAIL_LINKS'), ...links }).providers;
  expect(transmit).toMatchObject({ emailLinks });
});

describe('a base URL', () => {
  const urls = [
    'TWILIO_BASE_URL',
    'TWILIO_VERIFY_BASE_URL',
    'SNS_BASE_URL',
    'BIRD_BASE_URL',
    'BIRD_API_BASE_URL',
    'HTTP_BASE_URL',
    'TRANSMIT_BASE_URL',
    'GRID_BASE_URL',
    'EZID_BASE_URL',
    'EASY_BASE_URL',
  ];

  test.each(urls)('%s is https in production, and http to this machine elsewhere only', (name) => {
    const https = Object.fromEntries(urls.map((each) => [each, 'https://vendor.example']));
    const smtp = { SMTP_URL: 'smtp://localhost' };
    const env = { ...everyProvider(), ...smtp, ...https };
    expect(faultsOf({ ...env, ...production })).toEqual([]);
    const loopback = { ...env, [name]: 'http://127.0.0.1:1234' };
    expect(faultsOf(loopback)).toEqual([]);
    expect(faultsOf({ ...loopback, ...production })).toEqual([
      expect.stringMatching(new RegExp(`^${name} must start with https`)),
    ]);
  });
});

describe('a route', () => {
  test('is read in order, by channel and by country', () => {
    const { routes } = loadConfig({
      ...everyProvider(),
      PROVIDER_SMS: 'twilio-messaging, amazon-sns',
      PROVIDER_SMS_BY_COUNTRY: 'DE:bird-channels|amazon-sns, FR:http',
    }).providers;
    expect(routes.SMS).toEqual({
      names: ['twilio-messaging', 'amazon-sns'],
      byCountry: { DE: ['bird-channels', 'amazon-sns'], FR: ['http'] },
    });
  });

  test.each([
    [{ PROVIDER_SMS: 'carrier-pigeon' }, /^PROVIDER_SMS names an unknown provider; known are smtp, twilio-messaging/],
    [{ PROVIDER_SMS: 'twilio-messaging' }, /^PROVIDER_SMS names twilio-messaging, whose settings for this channel/],
    [{ PROVIDER_EMAIL: 'smtp' }, /^PROVIDER_EMAIL names smtp/],
    [
      { ...without(twilioSettings(), 'TWILIO_VOICE_FROM'), PROVIDER_VOICE: 'twilio-messaging' },
      /^PROVIDER_VOICE names/,
    ],
    [{ ...easySettings(), PROVIDER_EMAIL: 'easy-connect' }, /^PROVIDER_EMAIL names easy-connect/],
    [{ PROVIDER_VOICE: 'twilio-verify' }, /^PROVIDER_VOICE names twilio-verify/],
    [{ PROVIDER_SMS_BY_COUNTRY: 'DE:bird-channels' }, /^PROVIDER_SMS_BY_COUNTRY names bird-channels/],
  ])('that leads nowhere is a fault: %o', (env, fault) => {
    expect(faultsOf(env)).toEqual([expect.stringMatching(fault)]);
  });

  test.each([
    ['PROVIDER_SMS_BY_COUNTRY', 'UK:amazon-sns', /^PROVIDER_SMS_BY_COUNTRY must name countries by .*GB and not UK$/],
    ['PROVIDER_VOICE_BY_COUNTRY', 'DE:http,ZZ:http', /^PROVIDER_VOICE_BY_COUNTRY must name countries by/],
    ['PROVIDER_SMS_BY_COUNTRY', 'DE:amazon-sns, DE:http', /^PROVIDER_SMS_BY_COUNTRY must name each country once$/],
    ['PROVIDER_WHATSAPP_BY_COUNTRY', 'DE:http,FR:http,DE:http', /^PROVIDER_WHATSAPP_BY_COUNTRY must name each country/],
  ])('whose country no number is of, or that has two orders for one, is a fault: %s=%s', (setting, value, fault) => {
    expect(faultsOf({ ...everyProvider(), [setting]: value })).toEqual([expect.stringMatching(fault)]);
  });

  test.each([
    ['PROVIDER_SMS', 'http,amazon-sns,http'],
    ['PROVIDER_SMS_BY_COUNTRY', 'DE:http|amazon-sns|http,FR:http'],
  ])('that names a provider twice, which would be handed what it has lost, is a fault: %s=%s', (setting, value) => {
    expect(faultsOf({ ...everyProvider(), [setting]: value })).toEqual([`${setting} must name each provider once`]);
  });

  test('may be given for every country that a number can be of', () => {
    const value = getCountries().map((country) => `${country}:amazon-sns`);
    expect(faultsOf({ ...everyProvider(), PROVIDER_SMS_BY_COUNTRY: value.join(',') })).toEqual([]);
  });
});

test.each([
  ['en', 'de', 'en'],
  ['en', 'tl', 'fil'],
])('two content templates of one language are a fault: only the last would be sent: %s, %s, %s', (...languages) => {
  const content = languages.map((language, at) => `${language}:HX${`${at}`.repeat(32)}`).join(',');
  expect(faultsOf({ ...everyProvider(), TWILIO_WHATSAPP_CONTENT: content })).toEqual([
    'TWILIO_WHATSAPP_CONTENT must name each language once',
  ]);
});
