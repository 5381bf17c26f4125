/** The words in which a code travels. */
import type { Channel } from '../entities/verification-step.js';

export interface CodeMessageInput {
  readonly channel: Channel;
  readonly appName: string;
  readonly code: string;
  /** Whole minutes, at least one. */
  readonly minutes: number;
}

export interface RenderedMessage {
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
}

/** Renders a code for a channel. Text from the workspace is escaped; the code comes first, where previews show it. */
export function renderCode({ channel, appName, code, minutes }: CodeMessageInput): RenderedMessage {
  const warning = `It expires in ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}. Do not share it with anyone.`;
  const line = `${code} is your ${appName} verification code.`;
  if (channel !== 'EMAIL') return { subject: '', text: `${line} ${warning}` };
  return {
    subject: line,
    text: `${line}\n\n${warning}\n\nIf you did not ask for it, ignore this message.\n`,
    html: emailPage(escapeHtml(appName), code, warning),
  };
}

function emailPage(appName: string, code: string, warning: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${appName}</title>
</head>
<body style="margin:0;padding:32px 16px;font:16px/1.5 system-ui,sans-serif">
<main style="max-width:30rem;margin:0 auto">
<p>Your ${appName} verification code:</p>
<p style="font:700 32px/1.2 ui-monospace,monospace;letter-spacing:.2em;margin:16px 0">${code}</p>
<p>${warning}</p>
<p style="opacity:.7">If you did not ask for it, ignore this message.</p>
</main>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (character) => entities[character] as string);
}
