import { defineEntity, p } from '@mikro-orm/core';

/** A document that a workspace has published, under the SHA-256 of its text. Both modes run the same ones. */
export const Operation = defineEntity({
  name: 'Operation',
  tableName: 'operation',
  checks: [
    { name: 'operation_sha256_check', expression: `"sha256" = encode(sha256(convert_to("body", 'UTF8')), 'hex')` },
    { name: 'operation_runs_check', expression: '"runs" >= 0' },
  ],
  properties: {
    workspaceId: p.uuid().primary(),
    /** Lower-case hex. */
    sha256: p.string().length(64).primary(),
    name: p.string().length(100).nullable(),
    body: p.text(),
    publishedAt: p.datetime(3).defaultRaw('now()'),
    /** How often it was run, and the last day (UTC): written by the minute, not by the run. */
    runs: p.bigint().defaultRaw('0'),
    lastUsedOn: p.date().nullable(),
  },
});
