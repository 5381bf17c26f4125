/** What a vendor posts back about a message, signed as it signs. */
import { Webhook } from 'standardwebhooks';
import twilio from 'twilio';
import { TWILIO, type TwilioMessage } from './twilio.js';
import { WEBHOOK_SECRET } from './webhook-sink.js';

/** What the gateway under test says of itself; nobody listens there. */
export const PUBLIC_URL = 'https://gateway.example';

export interface ReportOptions {
  /** With another token: somebody who is not Twilio. */
  readonly token?: string;
  readonly errorCode?: string;
}

/** Posts a status of one message to the gateway at `at`, and returns the status of its answer. */
export async function reportFromTwilio(
  at: string,
  { sid, form }: TwilioMessage,
  status: string,
  { token = TWILIO.authToken, errorCode }: ReportOptions = {},
): Promise<number> {
  const url = form['StatusCallback'] as string;
  const params = { MessageSid: sid, MessageStatus: status, ...(errorCode && { ErrorCode: errorCode }) };
  const response = await fetch(url.replace(PUBLIC_URL, at), {
    method: 'POST',
    headers: { 'x-twilio-signature': twilio.getExpectedTwilioSignature(token, url, params) },
    body: new URLSearchParams(params),
  });
  await response.arrayBuffer();
  return response.status;
}

/** Posts what a sender of the operator's own reports, and returns the status of the answer. */
export async function reportFromSink(at: string, payload: unknown): Promise<number> {
  const body = JSON.stringify(payload);
  const now = new Date();
  const response = await fetch(`${at}/callbacks/http`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': new Webhook(WEBHOOK_SECRET).sign('msg_1', now, body),
    },
    body,
  });
  return response.status;
}
