/** A gateway in front of three vendors that hold codes, and one that carries the gateway's: a number's country decides who sends. */

import type { Caller, Variables } from './caller.js';
import { startGateway } from './harness.js';
import { askSteps, startSteps } from './stepped.js';
import { startBirdVerify } from './vendors/bird-verify.js';
import { startEzid } from './vendors/ezid.js';
import { birdVerifySettings, ezidSettings, snsSettings, twilioVerifySettings } from './vendors/settings.js';
import { startSns } from './vendors/sns.js';
import { startTwilioVerify } from './vendors/twilio-verify.js';

export async function startHeldCodes() {
  const twilio = await startTwilioVerify();
  const bird = await startBirdVerify();
  const ezid = await startEzid();
  const sns = await startSns();
  const vendors = [twilio, bird, ezid, sns];
  const gateway = await startGateway({
    env: {
      ...twilioVerifySettings(twilio.url),
      ...birdVerifySettings(bird.url),
      ...ezidSettings(ezid.url),
      ...snsSettings(sns.url),
      PROVIDER_SMS: 'twilio-verify,amazon-sns',
      PROVIDER_SMS_BY_COUNTRY: 'DE:bird-verify,AT:bird-verify|ezid,FR:amazon-sns,BE:ezid',
      PROVIDER_VOICE: 'twilio-verify',
      PROVIDER_EMAIL: 'bird-verify',
    },
  });
  let people = 0;
  const next = () => String(100_000 + people++);
  return {
    twilio,
    bird,
    ezid,
    sns,
    gateway,
    viaTwilio: () => ({ channel: 'SMS', to: `+316123${next().slice(-5)}` }),
    viaBird: () => ({ channel: 'SMS', to: `+4915112${next()}` }),
    viaBirdOrEzid: () => ({ channel: 'SMS', to: `+43664${next()}` }),
    viaSns: () => ({ channel: 'SMS', to: `+33612${next()}` }),
    viaEzid: () => ({ channel: 'SMS', to: `+32470${next()}` }),
    /** A verification whose first step was sent. */
    async sent(caller: Caller, steps: { channel: string; to: string }[], terms: Variables = {}) {
      const verification = await startSteps(caller, gateway.sql, steps, terms);
      await verification.stepsAre('SENT', ...steps.slice(1).map(() => 'PENDING'));
      return verification;
    },
    /** Has all vendors do again what they should. */
    behave() {
      for (const vendor of vendors) vendor.misbehave();
    },
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      for (const vendor of vendors) await vendor[Symbol.asyncDispose]();
    },
  };
}

export const guess = (caller: Caller, verificationId: string, code: string) =>
  askSteps(caller, 'confirm', { verificationId, code });
export const wrongOf = (code: string) => code.replace(/./g, (digit) => String((Number(digit) + 1) % 10));
export const codeIn = (text = '') => /\b\d{6}\b/.exec(text)?.[0] ?? '';
