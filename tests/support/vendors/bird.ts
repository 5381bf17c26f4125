/** Bird's Channels API, as far as texts are sent by it. */
import { randomUUID } from 'node:crypto';
import { json, startVendor, type Vendor, type VendorAnswer, type VendorRequest } from './vendor.js';

export const BIRD = {
  accessKey: 'bird-key-hunter2',
  workspaceId: '0f0f0f0f-0000-4000-8000-000000000001',
  smsChannelId: '0f0f0f0f-0000-4000-8000-000000000002',
  signingKey: 'bird-signing-hunter2',
};

export interface BirdMessage {
  readonly id: string;
  readonly to: string;
  readonly text: string;
  readonly reference: string | undefined;
}

export interface FakeBird extends Vendor {
  readonly messages: readonly BirdMessage[];
}

interface BirdBody {
  receiver?: { contacts?: { identifierKey?: string; identifierValue?: string }[] };
  body?: { type?: string; text?: { text?: string } };
  reference?: string;
}

const error = (status: number, code: string, headers = {}): VendorAnswer =>
  json(status, { code, message: 'The request did not pass validation' }, headers);

export async function startBird(): Promise<FakeBird> {
  const messages: BirdMessage[] = [];
  const channel = `/workspaces/${BIRD.workspaceId}/channels/${BIRD.smsChannelId}`;

  function answer({ method, path, headers, body }: VendorRequest): VendorAnswer {
    if (headers.authorization !== `AccessKey ${BIRD.accessKey}`) return error(401, 'Unauthorized');
    if (method === 'GET' && path === channel)
      return json(200, { id: BIRD.smsChannelId, platformId: 'sms-messagebird' });
    if (method !== 'POST' || path !== `${channel}/messages`) return error(404, 'NotFound');
    const { receiver, body: content, reference } = JSON.parse(body.toString('utf8')) as BirdBody;
    const [contact] = receiver?.contacts ?? [];
    const text = content?.type === 'text' ? content.text?.text : undefined;
    if (contact?.identifierKey !== 'phonenumber' || !contact.identifierValue || !text)
      return error(422, 'InvalidPayload');
    const id = randomUUID();
    messages.push({ id, to: contact.identifierValue, text, reference });
    return json(202, { id, channelId: BIRD.smsChannelId, status: 'accepted', reference });
  }

  const vendor = await startVendor({
    answer,
    refusal: error(422, 'InvalidReceiver'),
    throttled: error(429, 'TooManyRequests', { 'retry-after': '7' }),
  });
  return Object.assign(vendor, { messages });
}
