/** `docs/capabilities.md` says what the providers declare. `npm run providers` writes it. */
import { expect, test } from 'vitest';
import { CHANNELS } from '../../src/entities/verification-step.js';
import { loadConfig } from '../../src/kernel/config.js';
import { buildProviders } from '../../src/providers/build.js';
import { type Capabilities, NEEDS, type Range } from '../../src/providers/capabilities.js';
import type { Provider } from '../../src/providers/provider.js';
import { everyProvider } from '../support/vendors/settings.js';
import { readText } from './sources.js';

const registry = await buildProviders(
  loadConfig({ ...everyProvider(), SNS_TOPIC_ARN: 'arn:aws:sns:eu-central-1:123456789012:status' }),
);
const live = registry.all().filter(({ mode }) => mode === 'LIVE');
await registry.close();

const range = ({ min, max }: Range): string => (min === max ? `${min}` : `${min}–${max}`);
const yes = (answer: boolean): string => (answer ? 'yes' : 'no');

/** `yes`, `no`, or the channels on which it is yes. */
function channelsWhere({ channels }: Capabilities, can: 'customText' | 'senderId'): string {
  const known = CHANNELS.filter((channel) => channels[channel]);
  const able = known.filter((channel) => channels[channel]?.[can]);
  return able.length === 0 ? 'no' : able.length === known.length ? 'yes' : able.join(', ');
}

/** Whether links go by it: as the gateway wrote them, or by one of the vendor's that leads on to the gateway's. */
const hasLinks = (provider: Provider): boolean =>
  provider.custody === 'GATEWAY'
    ? provider.capabilities.channels.EMAIL?.customText === true
    : provider.sendLink !== undefined;

function rowOf(provider: Provider): string[] {
  const { name, custody, capabilities } = provider;
  const { channels, codeLength, timeoutSeconds, maxAttempts, deliveryReports, idempotent, needs = [] } = capabilities;
  const fixed = CHANNELS.filter((channel) => channels[channel] && channels[channel].languages !== 'ANY');
  return [
    `\`${name}\``,
    CHANNELS.filter((channel) => channels[channel]).join(', '),
    custody === 'GATEWAY' ? 'the gateway' : 'the vendor',
    yes(hasLinks(provider)),
    channelsWhere(capabilities, 'customText'),
    channelsWhere(capabilities, 'senderId'),
    fixed.length === 0 ? 'all' : `${fixed.join(', ')}: the vendor’s own`,
    range(codeLength),
    range(timeoutSeconds),
    range(maxAttempts),
    yes(provider.custody === 'GATEWAY' || provider.cancel !== undefined),
    yes(deliveryReports),
    yes(idempotent),
    needs.map((need) => NEEDS[need]).join(', ') || '–',
  ];
}

const HEADER = [
  'provider',
  'channels',
  'code held by',
  'links',
  'own words',
  'sender',
  'languages',
  'digits',
  'seconds',
  'attempts',
  'cancel',
  'reports',
  'idempotent',
  'needs',
];

test('docs/capabilities.md is what the providers declare', async () => {
  const rows = [HEADER, HEADER.map(() => '---'), ...live.map(rowOf)].map((cells) => `| ${cells.join(' | ')} |`);
  const page = [
    '# What providers can do',
    '',
    '`npm run providers` writes this page from what the providers declare, and a test compares them. What a send asks for and a provider cannot do is refused before sending ([providers](providers.md)). Reports, channels and links are those with all settings of the provider given.',
    '',
    ...rows,
    '',
  ].join('\n');
  await expect(page).toMatchFileSnapshot('../../docs/capabilities.md');
});

test('docs/providers.md says of every provider how it is set up', () => {
  const text = readText('docs/providers.md');
  for (const { name } of live) expect(text, name).toMatch(new RegExp(`^### \`${name}\`$`, 'm'));
});
