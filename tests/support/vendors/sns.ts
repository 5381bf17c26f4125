/** Amazon SNS's query API, as far as texts are sent by it. */
import { randomUUID } from 'node:crypto';
import { startVendor, type Vendor, type VendorAnswer, type VendorRequest } from './vendor.js';

export const SNS = { region: 'eu-central-1', accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'sns-secret-hunter2' };

export interface FakeSns extends Vendor {
  readonly published: readonly { readonly messageId: string; readonly form: URLSearchParams }[];
  /** Tokens of subscriptions that were confirmed. */
  readonly confirmed: readonly string[];
}

const xml = (status: number, body: string): VendorAnswer => ({
  status,
  headers: { 'content-type': 'text/xml' },
  body: `<?xml version="1.0"?>${body}`,
});
const error = (status: number, code: string, message: string): VendorAnswer =>
  xml(
    status,
    `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>${randomUUID()}</RequestId></ErrorResponse>`,
  );

export async function startSns(): Promise<FakeSns> {
  const published: { messageId: string; form: URLSearchParams }[] = [];
  const confirmed: string[] = [];

  function answer({ method, headers, body, query }: VendorRequest): VendorAnswer {
    if (method === 'GET' && query.get('Action') === 'ConfirmSubscription') {
      confirmed.push(query.get('Token') ?? '');
      return xml(200, '<ConfirmSubscriptionResponse/>');
    }
    if (!headers.authorization?.startsWith(`AWS4-HMAC-SHA256 Credential=${SNS.accessKeyId}/`))
      return error(403, 'InvalidClientTokenId', 'The security token included in the request is invalid.');
    const form = new URLSearchParams(body.toString('utf8'));
    const action = form.get('Action') ?? '';
    if (action === 'GetSMSAttributes')
      return xml(
        200,
        '<GetSMSAttributesResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><GetSMSAttributesResult><attributes/></GetSMSAttributesResult></GetSMSAttributesResponse>',
      );
    if (action !== 'Publish' || !form.get('PhoneNumber') || !form.get('Message'))
      return error(400, 'InvalidParameter', 'Invalid parameter');
    const messageId = randomUUID();
    published.push({ messageId, form });
    return xml(
      200,
      `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>${messageId}</MessageId></PublishResult><ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></PublishResponse>`,
    );
  }

  const vendor = await startVendor({
    answer,
    refusal: error(
      400,
      'InvalidParameter',
      'Invalid parameter: PhoneNumber Reason: +4915100000000 is not valid to publish to',
    ),
    throttled: {
      ...error(429, 'Throttled', 'Rate exceeded'),
      headers: { 'content-type': 'text/xml', 'retry-after': '7' },
    },
  });
  return Object.assign(vendor, { published, confirmed });
}
