/** Bird's Verify API of workspaces, and beside it the newer one, over the same verifications. */
import type { Channel } from '../../../src/entities/verification-step.js';
import { BIRD } from './bird.js';
import { type BirdVerification, type BirdVerifications, createBirdVerifications } from './bird-verifications.js';
import { BIRD_V1_THROTTLED, birdVerifyV1 } from './bird-verify-v1.js';
import { json, startVendor, type Vendor, type VendorAnswer, type VendorRequest } from './vendor.js';

export const BIRD_VERIFY = {
  smsChannelId: '0f0f0f0f-0000-4000-8000-000000000003',
  emailChannelId: '0f0f0f0f-0000-4000-8000-000000000004',
  whatsappChannelId: '0f0f0f0f-0000-4000-8000-000000000005',
};

const CHANNEL_OF: Readonly<Record<string, Channel>> = {
  [BIRD_VERIFY.smsChannelId]: 'SMS',
  [BIRD_VERIFY.emailChannelId]: 'EMAIL',
  [BIRD_VERIFY.whatsappChannelId]: 'WHATSAPP',
};

/** WhatsApp is sent by templates only. */
export const BIRD_TEMPLATE = {
  projectId: '0f0f0f0f-0000-4000-8000-000000000006',
  version: '0f0f0f0f-0000-4000-8000-000000000007',
};

interface Creation {
  identifier?: { phonenumber?: string; emailaddress?: string };
  locale?: string;
  maxAttempts?: number;
  timeout?: number;
  codeLength?: number;
  steps?: { channelId?: string; template?: { projectId?: string; version?: string; locale?: string } }[];
}

export interface FakeBirdVerify
  extends Vendor,
    Pick<BirdVerifications, 'book' | 'messages' | 'withdrawn' | 'coolDown'> {
  readonly created: readonly Creation[];
}

const error = (status: number, code: string, headers = {}): VendorAnswer =>
  json(status, { code, message: 'The request did not pass validation' }, headers);
const within = (value: number, min: number, max: number) => Number.isInteger(value) && value >= min && value <= max;

const shown = ({ sent: { id, to, failed, maxAttempts, state }, channels, position }: BirdVerification) => {
  const isSpent = failed >= maxAttempts;
  const status = { PENDING: 'accepted', APPROVED: 'verified', EXPIRED: 'expired', CANCELED: 'canceled' }[state];
  return {
    id,
    identifier: to.includes('@') ? { emailaddress: to } : { phonenumber: to },
    maxAttempts,
    failedAttempts: failed,
    status: isSpent ? 'failed' : status,
    currentStepIndex: position,
    steps: channels.map((channel) => ({
      channelId: Object.keys(CHANNEL_OF).find((channelId) => CHANNEL_OF[channelId] === channel),
    })),
  };
};

export async function startBirdVerify(): Promise<FakeBirdVerify> {
  const verifications = createBirdVerifications();
  const created: Creation[] = [];
  const root = `/workspaces/${BIRD.workspaceId}/verify`;
  const newer = birdVerifyV1(verifications);

  function create(creation: Creation): VendorAnswer {
    const { identifier = {}, codeLength = 6, maxAttempts = 3, timeout = 600, steps = [] } = creation;
    const to = identifier.phonenumber ?? identifier.emailaddress;
    const fits = within(codeLength, 6, 12) && within(maxAttempts, 1, 10) && within(timeout, 30, 3600);
    const channels = steps.map(({ channelId = '' }) => CHANNEL_OF[channelId]);
    const isKnown = channels.every((channel) => channel !== undefined);
    const reaches = channels.every((channel) => (channel === 'EMAIL') === (identifier.emailaddress !== undefined));
    const isWorded = steps.every(
      ({ channelId, template }) =>
        channelId !== BIRD_VERIFY.whatsappChannelId || template?.projectId === BIRD_TEMPLATE.projectId,
    );
    if (!to || !fits || steps.length === 0 || !isKnown || !reaches || !isWorded) return error(422, 'InvalidPayload');
    created.push(creation);
    return json(202, shown(verifications.create(to, channels as Channel[], { length: codeLength, maxAttempts })));
  }

  function check(entry: BirdVerification, code: string): VendorAnswer {
    const { sent } = entry;
    const isRight = sent.state === 'PENDING' && verifications.book.guess(sent, code) === 'RIGHT';
    return json(isRight ? 200 : 422, shown(entry));
  }

  function sendBy(entry: BirdVerification, position: number): VendorAnswer {
    if (entry.sent.state !== 'PENDING') return error(409, 'Conflict');
    return verifications.send(entry, position, 'SAME') ? json(202, shown(entry)) : error(422, 'InvalidPayload');
  }

  function answer(request: VendorRequest): VendorAnswer {
    const { method, path, headers, body } = request;
    if (path.startsWith('/v1/')) return newer(request);
    if (headers.authorization !== `AccessKey ${BIRD.accessKey}`) return error(401, 'Unauthorized');
    if (method === 'GET' && path === root) return json(200, { results: [] });
    const said =
      method === 'POST' ? (JSON.parse(body.toString('utf8')) as Creation & { code?: string; stepIndex?: number }) : {};
    if (method === 'POST' && path === root) return create(said);
    const [id = '', operation] = path.slice(root.length + 1).split('/');
    const entry = path.startsWith(`${root}/`) ? verifications.find({ id }) : undefined;
    if (!entry) return error(404, 'NotFound');
    if (method === 'GET') return json(200, shown(entry));
    if (operation === undefined) return check(entry, said.code ?? '');
    if (operation === 'resend') return sendBy(entry, said.stepIndex ?? entry.position);
    if (operation === 'failover') return sendBy(entry, said.stepIndex ?? entry.position + 1);
    return error(404, 'NotFound');
  }

  const vendor = await startVendor({
    answer,
    refusal: error(422, 'InvalidReceiver'),
    throttled: BIRD_V1_THROTTLED,
  });
  const { book, messages, withdrawn, coolDown } = verifications;
  return Object.assign(vendor, { book, messages, withdrawn, coolDown, created });
}
