/** Columns that every table of a workspace has: both stand in front of every key, so one world never meets another. */
import { p } from '@mikro-orm/core';

/** Test and live are two worlds; a row belongs to one of them for ever. */
export const MODES = ['TEST', 'LIVE'] as const;
export type Mode = (typeof MODES)[number];

export const CONTACT_KINDS = ['EMAIL', 'PHONE'] as const;

export const worldKey = {
  workspaceId: p.uuid().primary(),
  mode: p.enum(MODES).primary(),
};

export const timestamps = {
  createdAt: p.datetime(3).defaultRaw('now()'),
  updatedAt: p.datetime(3).defaultRaw('now()'),
};
