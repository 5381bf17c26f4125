/** The settings of Amazon SNS. */
import type { z } from 'zod';
import { baseUrl, checkBaseUrl, checkTogether, type Fault, pattern, text } from './config-setting.js';

export const snsSettings = {
  SNS_REGION: pattern(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region such as eu-central-1'),
  SNS_ACCESS_KEY_ID: text(),
  SNS_SECRET_ACCESS_KEY: text(),
  SNS_BASE_URL: baseUrl,
  SNS_TOPIC_ARN: pattern(/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/, 'must be the ARN of a topic'),
  SNS_SIGNING_CERTIFICATE: pattern(
    /^-----BEGIN (CERTIFICATE|PUBLIC KEY)-----[\s\S]+-----END \1-----\s*$/,
    'must be a certificate or a public key in PEM',
  ),
};

type Environment = z.infer<z.ZodObject<typeof snsSettings>>;

export interface SnsSettings {
  readonly baseUrl: string;
  readonly region: string;
  /** Absent: what the AWS SDK finds by itself. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  /** The topic that delivery reports come by; absent: there are none. */
  readonly topicArn: string | undefined;
  /** Absent: fetched from Amazon. */
  readonly signingCertificate: string | undefined;
}

/** Tells of settings without a region, of half a pair of credentials, and of no TLS in production. */
export function checkSns(env: Environment, fault: Fault): void {
  checkTogether(env, Object.keys(snsSettings), ['SNS_REGION'], fault);
  const credentials = ['SNS_ACCESS_KEY_ID', 'SNS_SECRET_ACCESS_KEY'];
  checkTogether(env, credentials, credentials, fault);
  checkTogether(env, ['SNS_SIGNING_CERTIFICATE'], ['SNS_TOPIC_ARN'], fault);
  checkBaseUrl(env, 'SNS_BASE_URL', fault);
}

/** Where SNS is in a region, and whence it signs: in China under another name (AWS service endpoints). */
export const snsHost = (region: string): string =>
  `sns.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;

/** Undefined without a region. */
export function snsOf(env: Environment): SnsSettings | undefined {
  const { SNS_REGION: region, SNS_ACCESS_KEY_ID: accessKeyId, SNS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  if (!region) return undefined;
  return {
    baseUrl: env.SNS_BASE_URL ?? `https://${snsHost(region)}`,
    region,
    credentials: accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined,
    topicArn: env.SNS_TOPIC_ARN,
    signingCertificate: env.SNS_SIGNING_CERTIFICATE,
  };
}
