/** Where PostgreSQL is: `DATABASE_URL`, and `DATABASE_REPLICA_URL` for lists. */
import { z } from 'zod';
import { faultOfParameters, ONE_HOST } from './config-database-parameters.js';

const FORM =
  'must be a URL starting with postgres:// or postgresql://, with what is special in a user name or password percent-encoded (@ : / ? # %)';

// Of libpq and Cloud SQL, for a socket: WHATWG's URL takes no user without a host.
const SOCKET = /^(\s*postgres(?:ql)?:\/\/[^/?#]*@)(?=(?::\d+)?\/[^?#]*\?(?:[^#]*&)?host=[^&#])/i;

/** Hosts with commas between them, behind the user's part, where a comma may stand. */
const SEVERAL = /^\s*postgres(?:ql)?:\/\/(?:[^/?#]*@)?[^/?#@]*,/i;

/** What is wrong with it, never its text; drivers would say so in words of theirs, and each at another moment. */
function faultOf(text: string): string | undefined {
  if (SEVERAL.test(text)) return ONE_HOST;
  if (!URL.canParse(text)) return FORM;
  const { protocol, pathname, searchParams } = new URL(text);
  if (!['postgres:', 'postgresql:'].includes(protocol)) return FORM;
  // Of the whole: a part that cannot be decoded would end the opening in words that may repeat it.
  if (!isDecodable(text)) return 'has a % that begins no character: in a user name or password it is written as %25';
  if (pathname.length < 2) return 'must name a database, as in postgres://user:password@host:5432/name';
  return faultOfParameters(searchParams);
}

function isDecodable(text: string): boolean {
  try {
    return decodeURIComponent(text) !== '';
  } catch {
    return false;
  }
}

const databaseUrl = z
  .string()
  .transform((given, context) => {
    const text = given.replace(SOCKET, '$1localhost');
    const fault = faultOf(text);
    if (fault === undefined) {
      // In one form: what URL reads past, a blank at the start or capitals, is the name of a directory to others.
      return new URL(text).href;
    }
    context.addIssue({ code: 'custom', message: fault });
    return z.NEVER;
  })
  .optional();

export const databaseSettings = {
  DATABASE_URL: databaseUrl,
  DATABASE_REPLICA_URL: databaseUrl,
  DATABASE_PREPARED: z.enum(['on', 'off'], { error: 'must be on or off' }).default('on'),
};
