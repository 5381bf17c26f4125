/** What the settings of all providers have in common. */
import { z } from 'zod';
import { faultOfBaseUrl } from './outbound-url.js';

/** Tells what is wrong with a setting; never its value. */
export type Fault = (setting: string, message: string) => void;
type Environment = Readonly<Record<string, unknown>>;

export const text = (error = 'must not be empty') => z.string().min(1, error).max(4096, 'is too long').optional();
export const pattern = (shape: RegExp, error: string) => z.string().regex(shape, error).optional();
// By their digits, because JavaScript reads no text as 0 and `0x10` as 16. Blanks around are those of
// files with the line ends of Windows.
const digits = (shape: RegExp, error: string) => z.string().trim().regex(shape, error).transform(Number);
/** Both bounds are among what it may be. */
export const wholeNumber = (min: number, max: number, what: string) => {
  const error = `must be ${what}, ${min} to ${max}`;
  return digits(/^\d{1,9}$/, error).pipe(z.number().min(min, error).max(max, error));
};
/** A number above 0, with or without a fraction or a power of ten. */
export const decimal = digits(/^(\d+\.?\d*|\.\d+)(e\+?\d+)?$/i, 'must be a decimal number').pipe(
  z.number({ error: 'is too large' }).positive('must be above 0'),
);
/** E.164. */
export const phoneNumber = pattern(/^\+[1-9]\d{6,14}$/, 'must be a phone number such as +14155550123');
/** Where a vendor is called. Whether http will do depends on the mode that the process runs in. */
export const baseUrl = z
  .string()
  .superRefine((url, context) => {
    const fault = faultOfBaseUrl(url, true);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  })
  .optional();

/** In production no vendor is called without TLS. */
export function checkBaseUrl(env: Environment, setting: string, fault: Fault): void {
  const url = env[setting];
  const wrong = env['NODE_ENV'] === 'production' && typeof url === 'string' && faultOfBaseUrl(url, false);
  if (wrong) fault(setting, wrong);
}

/** Where one of them is there, all of `needed` must be. */
export function checkTogether(
  env: Environment,
  names: readonly string[],
  needed: readonly string[],
  fault: Fault,
): void {
  const given = names.find((name) => env[name] !== undefined);
  if (given === undefined) return;
  for (const name of needed) if (env[name] === undefined) fault(name, `is needed beside ${given}`);
}

/** Whether no key stands twice in a list: the entry that came last would else hold, and the others be dropped. */
export const isOnce = (keys: readonly string[]): boolean => new Set(keys).size === keys.length;
