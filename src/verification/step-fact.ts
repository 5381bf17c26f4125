/** What events tell of a step's message. */
import { type Fact, verificationData } from '../entities/event-log.js';

/**
 * A fact about the messages of steps that a statement has changed and calls `told`.
 * @param where which of them
 * @param place of facts of one message: which comes first
 */
export function stepFact(what: 'sent' | 'delivered' | 'undelivered', where = 'true', place = 0): Fact {
  return {
    type: `'verification.${what}'`,
    objectType: 'Verification',
    objectId: 'told.verification_id',
    // A message is sent by the answer to the call or by a report that was faster, and both may say so.
    once: `'${what}/' || told.index || '/' || told.sends`,
    data: verificationData('o', `'channel', told.channel, 'step', told.index, 'send', told.sends`),
    step: { verificationId: 'told.verification_id', index: 'told.index' },
    place,
    from: 'told join verification o on o.workspace_id = $1 and o.mode = $2 and o.id = told.verification_id',
    where,
  };
}
