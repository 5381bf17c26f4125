/** Columns that every table of a workspace has: both stand in front of every key, so one world never meets another. */
import { p } from '@mikro-orm/core';
import { MODES } from '../kernel/world.js';

export const CONTACT_KINDS = ['EMAIL', 'PHONE'] as const;

export const worldKey = {
  workspaceId: p.uuid().primary(),
  mode: p.enum(MODES).primary(),
};

export const timestamps = {
  createdAt: p.datetime(3).defaultRaw('now()'),
  updatedAt: p.datetime(3).defaultRaw('now()'),
};
