/** The vendors that hold codes, each as a gateway is configured for it; Bird by both of its APIs. */
import type { Channel } from '../../src/entities/verification-step.js';
import { startBirdVerify } from './vendors/bird-verify.js';
import type { CodeBook } from './vendors/code-book.js';
import { startEasy } from './vendors/easy.js';
import { startEzid } from './vendors/ezid.js';
import { startGrid } from './vendors/grid.js';
import {
  birdVerifySettings,
  birdVerifyV1Settings,
  easySettings,
  ezidSettings,
  gridSettings,
  transmitSettings,
  twilioVerifySettings,
} from './vendors/settings.js';
import { startTransmit } from './vendors/transmit.js';
import { startTwilioVerify } from './vendors/twilio-verify.js';
import type { Vendor } from './vendors/vendor.js';

export interface Person {
  readonly platformCustomerId: string;
  readonly email: string;
  readonly phone: string;
}

export interface Upstream extends Vendor {
  readonly name: string;
  readonly book: CodeBook;
  /** What points the gateway at it. */
  readonly settings: Record<string, string>;
  readonly channels: readonly Channel[];
  /** Lets a vendor that asks for a user's token take this one. */
  readonly accept?: (userToken: string) => void;
  /** Lets the vendor know somebody, as their backend would. */
  enroll(person: Person): void;
}

const unknown = () => {};

/** Starts each of them on a port of its own. */
export const UPSTREAMS: Readonly<Record<string, () => Promise<Upstream>>> = {
  async 'twilio-verify'() {
    const vendor = await startTwilioVerify();
    const channels: Channel[] = ['SMS', 'EMAIL', 'WHATSAPP', 'VOICE'];
    return { ...vendor, name: 'twilio-verify', settings: twilioVerifySettings(vendor.url), channels, enroll: unknown };
  },
  async 'bird-verify'() {
    const vendor = await startBirdVerify();
    return {
      ...vendor,
      name: 'bird-verify',
      settings: birdVerifySettings(vendor.url),
      channels: ['SMS', 'EMAIL'],
      enroll: unknown,
    };
  },
  async 'bird-verify-v1'() {
    const vendor = await startBirdVerify();
    const channels: Channel[] = ['SMS', 'EMAIL', 'WHATSAPP', 'VOICE'];
    return { ...vendor, name: 'bird-verify-v1', settings: birdVerifyV1Settings(vendor.url), channels, enroll: unknown };
  },
  async 'transmit-security'() {
    const vendor = await startTransmit();
    const settings = transmitSettings(vendor.url);
    return { ...vendor, name: 'transmit-security', settings, channels: ['SMS', 'EMAIL'], enroll: unknown };
  },
  async 'lightspark-grid'() {
    const vendor = await startGrid();
    const enroll = ({ platformCustomerId, email, phone }: Person) =>
      void vendor.enroll(platformCustomerId, { email, phoneNumber: phone });
    return {
      ...vendor,
      name: 'lightspark-grid',
      settings: gridSettings(vendor.url),
      channels: ['SMS', 'EMAIL'],
      enroll,
    };
  },
  async ezid() {
    const vendor = await startEzid();
    return { ...vendor, name: 'ezid', settings: ezidSettings(vendor.url), channels: ['SMS'], enroll: unknown };
  },
  async 'easy-connect'() {
    const vendor = await startEasy();
    const enroll = ({ email }: Person) => vendor.enroll(email);
    return { ...vendor, name: 'easy-connect', settings: easySettings(vendor.url), channels: ['SMS'], enroll };
  },
};
