/** Settings under which every provider is configured, and none of them is real. */
import { BIRD } from './bird.js';
import { BIRD_TEMPLATE, BIRD_VERIFY } from './bird-verify.js';
import { BIRD_V1 } from './bird-verify-v1.js';
import { EASY } from './easy.js';
import { EZID } from './ezid.js';
import { GRID } from './grid.js';
import { SNS } from './sns.js';
import { TWILIO } from './twilio.js';
import { TWILIO_VERIFY } from './twilio-verify.js';
import { WEBHOOK_SECRET } from './webhook-sink.js';

/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:1';

export const twilioSettings = (url = NOWHERE) => ({
  TWILIO_ACCOUNT_SID: TWILIO.accountSid,
  TWILIO_AUTH_TOKEN: TWILIO.authToken,
  TWILIO_BASE_URL: url,
  TWILIO_FROM: '+15005550006',
  TWILIO_WHATSAPP_FROM: '+15005550006',
  TWILIO_WHATSAPP_CONTENT: `en:${TWILIO.contentSid}`,
  TWILIO_VOICE_FROM: '+15005550006',
});

export const snsSettings = (url = NOWHERE) => ({
  SNS_REGION: SNS.region,
  SNS_ACCESS_KEY_ID: SNS.accessKeyId,
  SNS_SECRET_ACCESS_KEY: SNS.secretAccessKey,
  SNS_BASE_URL: url,
});

export const birdSettings = (url = NOWHERE) => ({
  BIRD_ACCESS_KEY: BIRD.accessKey,
  BIRD_WORKSPACE_ID: BIRD.workspaceId,
  BIRD_SMS_CHANNEL_ID: BIRD.smsChannelId,
  BIRD_SIGNING_KEY: BIRD.signingKey,
  BIRD_BASE_URL: url,
});

export const webhookSettings = (url = NOWHERE) => ({ HTTP_BASE_URL: url, HTTP_SECRET: WEBHOOK_SECRET });

export const twilioVerifySettings = (url = NOWHERE) => ({
  TWILIO_ACCOUNT_SID: TWILIO.accountSid,
  TWILIO_AUTH_TOKEN: TWILIO.authToken,
  TWILIO_VERIFY_SERVICE_SID: TWILIO_VERIFY.serviceSid,
  TWILIO_VERIFY_BASE_URL: url,
});

export const birdVerifySettings = (url = NOWHERE) => ({
  BIRD_ACCESS_KEY: BIRD.accessKey,
  BIRD_WORKSPACE_ID: BIRD.workspaceId,
  BIRD_VERIFY_SMS_CHANNEL_ID: BIRD_VERIFY.smsChannelId,
  BIRD_VERIFY_EMAIL_CHANNEL_ID: BIRD_VERIFY.emailChannelId,
  BIRD_VERIFY_WHATSAPP_CHANNEL_ID: BIRD_VERIFY.whatsappChannelId,
  BIRD_VERIFY_WHATSAPP_TEMPLATE: `${BIRD_TEMPLATE.projectId}:${BIRD_TEMPLATE.version}`,
  BIRD_BASE_URL: url,
});

export const birdVerifyV1Settings = (url = NOWHERE) => ({ BIRD_API_KEY: BIRD_V1.apiKey, BIRD_API_BASE_URL: url });

export const transmitSettings = (url = NOWHERE) => ({ TRANSMIT_BASE_URL: url, TRANSMIT_EMAIL_LINKS: 'on' });

export const gridSettings = (url = NOWHERE) => ({
  GRID_TOKEN_ID: GRID.tokenId,
  GRID_CLIENT_SECRET: GRID.clientSecret,
  GRID_BASE_URL: url,
});

export const ezidSettings = (url = NOWHERE) => ({
  EZID_CLIENT_ID: EZID.clientId,
  EZID_CLIENT_SECRET: EZID.clientSecret,
  EZID_BASE_URL: url,
});

export const easySettings = (url = NOWHERE) => ({
  EASY_API_KEY: EASY.apiKey,
  EASY_SEND_PATH: EASY.sendPath,
  EASY_BASE_URL: url,
});

export const everyProvider = (): Record<string, string> => ({
  SMTP_URL: 'smtp://127.0.0.1:1',
  MAIL_FROM: 'codes@gateway.example',
  ...twilioSettings(),
  ...snsSettings(),
  ...birdSettings(),
  ...webhookSettings(),
  ...twilioVerifySettings(),
  ...birdVerifySettings(),
  ...birdVerifyV1Settings(),
  ...transmitSettings(),
  ...gridSettings(),
  ...ezidSettings(),
  ...easySettings(),
});
