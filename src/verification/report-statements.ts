/** What a report changes, as guarded statements: `$5` is the message that it is about, `$6` who reports. */
import { eventsOf } from '../entities/event-log.js';
import { prepared } from '../entities/prepared.js';
import { isOpen } from '../entities/verification.js';
import { MAX_SENDS } from './machine.js';
import { stepFact } from './step-fact.js';

/** The step of the message, where it is with whoever reports: one about a provider that was given up is about no message that the row knows. */
export const MESSAGE = `
  s.workspace_id = $1 and s.mode = $2 and s.verification_id = $3 and s.index = $4 and s.provider = $6`;

// A report can be faster than the worker that writes down the answer to the call: then the message is counted here,
// and the worker finds it counted. Until then the times of the row are those of the message before.
const COUNTED_HERE = `s.status = 'QUEUED' and s.sends = $5 - 1`;
const SENT_AT = `case when s.sends = $5 then s.sent_at else now() end`;

/** It has arrived. While a resend waits, the message before it arrives: the step stays queued. */
export const DELIVER = prepared(`
  with told as (
  update verification_step s set sends = $5, sent_at = ${SENT_AT}, delivered_at = now(),
    failure_reason = null, status = case when s.status = 'QUEUED' and s.sends = $5 then s.status else 'DELIVERED' end
  where ${MESSAGE} and (s.sends = $5 and s.delivered_at is null and s.status in ('SENT', 'QUEUED') or ${COUNTED_HERE})
  returning s.*
  ), ${eventsOf(stepFact('sent'), stepFact('delivered', 'true', 1))}
  select index from told`);

const FAILABLE = `${MESSAGE} and (s.sends = $5 and s.delivered_at is null and s.status = 'SENT' or ${COUNTED_HERE})`;
const LOST = `sends = $5, lost = s.lost + 1, sent_at = ${SENT_AT}, delivered_at = null, failure_reason = $7`;

/** It will not arrive, and nobody else of the channel takes it. */
export const FAIL = prepared(`
  with told as (
  update verification_step s set status = 'FAILED', ${LOST}
  where ${FAILABLE}
  returning s.*
  ), ${eventsOf(stepFact('sent'), stepFact('undelivered', 'true', 1))}
  select index from told`);

/** It will not arrive, and `$8` sends the next one. */
export const HAND_ON = prepared(`
  with told as (
  update verification_step s set status = 'QUEUED', provider = $8, ${LOST}
  from verification v
  where ${FAILABLE} and $5 < ${MAX_SENDS} and v.workspace_id = $1 and v.mode = $2 and v.id = $3
    and ${isOpen('v')} and v.current_step_index = $4
  returning s.*
  ), ${eventsOf(stepFact('sent'))}
  select index from told`);
