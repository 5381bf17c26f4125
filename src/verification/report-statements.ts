/**
 * What a report changes, as guarded statements: `$5` is the message that it is about, `$6` who reports. The first report
 * about a message stands.
 */
import { eventsOf } from '../entities/event-log.js';
import { prepared } from '../entities/prepared.js';
import { isOpen } from '../entities/verification.js';
import { MAX_SENDS } from './machine.js';
import { stepFact } from './step-fact.js';
import { messagesUpTo } from './step-store.js';

// One about a provider that was given up is about no message that the row knows.
const MESSAGE = `
  s.workspace_id = $1 and s.mode = $2 and s.verification_id = $3 and s.index = $4 and s.provider = $6`;

/** The step of a message about which nothing final was reported. */
export const NEWS = `${MESSAGE} and not ($5::smallint = any(s.reported))`;
const REPORTED = `reported = s.reported || $5::smallint`;

/** True of a message whose step was sent again since, or is about to be, or could not be. */
export const IS_EARLIER = `(s.sends > $5 or s.sends = $5 and s.status in ('QUEUED', 'FAILED'))`;

// A report can be faster than the worker that writes down the answer to the call: then the message is counted here,
// and the worker finds it counted. Until then the times of the row are those of the message before.
const COUNTED_HERE = `s.status = 'QUEUED' and s.sends = $5 - 1`;
const SENT_AT = `case when s.sends = $5 then s.sent_at else now() end`;

/**
 * It has arrived. While a resend waits, the message before it arrives: the step stays queued. Of one that was sent again
 * since, it is only noted, so that it does not count as lost.
 */
export const DELIVER = prepared(`
  with noted as (
  update verification_step s set ${REPORTED} where ${NEWS} and s.sends > $5
  ), told as (
  update verification_step s set ${REPORTED}, sends = $5, sent_at = ${SENT_AT}, delivered_at = now(),
    failure_reason = null, status = case when s.status = 'QUEUED' and s.sends = $5 then s.status else 'DELIVERED' end
  where ${NEWS} and (s.sends = $5 and s.delivered_at is null and s.status in ('SENT', 'QUEUED') or ${COUNTED_HERE})
  returning s.*
  ), ${eventsOf(stepFact('sent'), stepFact('delivered', 'true', 1))}
  select index from told`);

const FAILABLE = `${NEWS} and (s.sends = $5 and s.delivered_at is null and s.status = 'SENT' or ${COUNTED_HERE})`;
const LOST = `sends = $5, lost = s.lost + 1, sent_at = ${SENT_AT}, delivered_at = null, failure_reason = $7`;

/** It will not arrive, and nobody else of the channel takes it. */
export const FAIL = prepared(`
  with told as (
  update verification_step s set status = 'FAILED', ${LOST}, ${REPORTED}
  where ${FAILABLE}
  returning s.*
  ), ${eventsOf(stepFact('sent'), stepFact('undelivered', 'true', 1))}
  select index from told`);

/** It will not arrive, and `$8` sends the next one, who could otherwise report those before as lost. */
export const HAND_ON = prepared(`
  with told as (
  update verification_step s set status = 'QUEUED', provider = $8, ${LOST}, reported = ${messagesUpTo('$5')}
  from verification v
  where ${FAILABLE} and $5 < ${MAX_SENDS} and v.workspace_id = $1 and v.mode = $2 and v.id = $3
    and ${isOpen('v')} and v.current_step_index = $4
  returning s.*
  ), ${eventsOf(stepFact('sent'))}
  select index from told`);

/**
 * It will not arrive, and its step was sent again since: what became of the later message stays. What the version before
 * counted is not in `reported`, and must not be counted again.
 */
export const LOSE = prepared(`
  update verification_step s set lost = s.lost + 1, ${REPORTED}
  where ${NEWS} and ${IS_EARLIER} and (s.sends > $5 or s.delivered_at is null) and s.lost <= cardinality(s.reported)
  returning s.index`);
