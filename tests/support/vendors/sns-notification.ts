/** What SNS posts to a subscriber, signed as it signs. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

export const SNS_TOPIC = 'arn:aws:sns:eu-central-1:123456789012:sms-status';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** What the gateway is given instead of Amazon's certificate. */
export const SNS_PUBLIC_KEY = (publicKey.export({ type: 'spki', format: 'pem' }) as string).trim();

const SIGNED = ['Message', 'MessageId', 'SubscribeURL', 'Subject', 'Timestamp', 'Token', 'TopicArn', 'Type'];

/** A notification with these fields changed, as it stands in the body. */
export function snsNotification(change: Record<string, string> = {}, key: KeyObject = privateKey): Buffer {
  const message: Record<string, string> = {
    Type: 'Notification',
    MessageId: 'n1',
    TopicArn: SNS_TOPIC,
    Message: JSON.stringify({ notification: { messageId: 'm1' }, status: 'SUCCESS' }),
    Timestamp: '2026-11-21T10:00:00.000Z',
    SignatureVersion: '2',
    SigningCertURL: 'https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem',
    ...change,
  };
  const text = SIGNED.filter((name) => name in message)
    .map((name) => `${name}\n${message[name]}\n`)
    .join('');
  const hash = message['SignatureVersion'] === '1' ? 'RSA-SHA1' : 'RSA-SHA256';
  return Buffer.from(JSON.stringify({ ...message, Signature: sign(hash, Buffer.from(text), key).toString('base64') }));
}
