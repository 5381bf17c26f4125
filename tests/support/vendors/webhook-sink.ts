/** A sender of the operator's own, which checks signatures with the reference implementation and sends an id once. */
import { Webhook } from 'standardwebhooks';
import { json, startVendor, type Vendor, type VendorAnswer, type VendorRequest } from './vendor.js';

export const WEBHOOK_SECRET = `whsec_${Buffer.from('hunter2 hunter2 hunter2 hunter2!').toString('base64')}`;

export interface SinkMessage {
  readonly id: string;
  readonly reference: string;
  readonly channel: string;
  readonly to: string;
  readonly text: string;
  readonly senderId?: string;
}

export interface WebhookSink extends Vendor {
  /** By id: what comes twice is one message. */
  readonly messages: ReadonlyMap<string, SinkMessage>;
}

export async function startWebhookSink(): Promise<WebhookSink> {
  const messages = new Map<string, SinkMessage>();
  const webhook = new Webhook(WEBHOOK_SECRET);

  function answer({ method, headers, body }: VendorRequest): VendorAnswer {
    if (method === 'HEAD') return { status: 405 };
    try {
      webhook.verify(body.toString('utf8'), headers as Record<string, string>);
    } catch {
      return json(401, { error: 'not signed' });
    }
    const { type, data } = JSON.parse(body.toString('utf8')) as { type: string; data: SinkMessage };
    if (type !== 'message.send' || headers['webhook-id'] !== data.id) return json(400, { error: 'not a message' });
    messages.set(data.id, data);
    return { status: 204 };
  }

  const vendor = await startVendor({
    answer,
    refusal: json(422, { error: 'no such number' }),
    throttled: json(429, {}, { 'retry-after': '7' }),
  });
  return Object.assign(vendor, { messages });
}
