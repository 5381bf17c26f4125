/** What processes that are replaced under load are started with, as in production. */
import { newKeySet } from '../../src/sessions/signing-keys.js';
import type { Environment } from './processes.js';

/** @param smtpUrl where live mails go */
export const productionSettings = (smtpUrl: string): Environment => ({
  NODE_ENV: 'production',
  GATEWAY_SIGNING_KEYS: newKeySet(),
  GATEWAY_PUBLIC_URL: 'https://gateway.example',
  SMTP_URL: smtpUrl,
  MAIL_FROM: 'codes@gateway.example',
  GATEWAY_LIMIT_SCALE: '1000',
});
