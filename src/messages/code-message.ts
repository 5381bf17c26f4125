import type { Channel } from '../entities/verification-step.js';
import type { RenderedMessage } from './message.js';
import { renderMessage } from './render.js';

export interface CodeMessageInput {
  readonly channel: Channel;
  readonly appName: string;
  readonly code: string;
  /** Whole minutes, at least one. */
  readonly minutes: number;
  /** BCP 47; English without. */
  readonly locale?: string;
}

/** Renders a code for a channel, in the gateway's own words. */
export function renderCode({
  locale = 'en',
  ...told
}: CodeMessageInput): Pick<RenderedMessage, 'subject' | 'text' | 'html'> {
  const { subject, text, html } = renderMessage({ kind: 'code', locale, ...told });
  return { subject, text, ...(html !== undefined && { html }) };
}
