/** Where PostgreSQL is: `DATABASE_URL`, and `DATABASE_REPLICA_URL` for lists. */
import { z } from 'zod';

const FORM =
  'must be a URL starting with postgres:// or postgresql://, with what is special in a user name or password percent-encoded (@ : / ? # %)';

/** What is wrong with it, never its text; drivers would say so in words of theirs, and each at another moment. */
function faultOf(text: string): string | undefined {
  if (!URL.canParse(text)) return FORM;
  const { protocol, pathname } = new URL(text);
  if (!['postgres:', 'postgresql:'].includes(protocol)) return FORM;
  // Of the whole: one driver decodes the parts, and another encodes all that is there anew where one % is bare.
  if (!isDecodable(text)) return 'has a % that begins no character: in a user name or password it is written as %25';
  return pathname.length > 1 ? undefined : 'must name a database, as in postgres://user:password@host:5432/name';
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
  .superRefine((text, context) => {
    const fault = faultOf(text);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  })
  .optional();

export const databaseSettings = {
  DATABASE_URL: databaseUrl,
  DATABASE_REPLICA_URL: databaseUrl,
  DATABASE_PREPARED: z.enum(['on', 'off'], { error: 'must be on or off' }).default('on'),
};
