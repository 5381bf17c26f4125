/** The page that the link of an email opens: it asks, and only the person's own click answers. */
import { createHash } from 'node:crypto';
import { paletteOf } from './color.js';
import { Html, html } from './html.js';
import { directionOf, languageOf } from './locale.js';
import { type Phrases, phrasesOf } from './phrases.js';

/** `ASK` before the click; the others where there is nowhere to redirect to. */
export type LandingState = 'ASK' | 'CONFIRMED' | 'FAILED';

export interface LandingPageInput {
  /** BCP 47. */
  readonly locale: string;
  readonly appName: string;
  readonly primaryColor?: string | undefined;
  /** Where the form is posted to: the link's own path. */
  readonly action: string;
  readonly state: LandingState;
  /** Where the click ends up; the content policy has to allow for it. */
  readonly redirectUri?: string | undefined;
}

export interface LandingPage {
  readonly html: string;
  /** The `Content-Security-Policy` that the page works under. */
  readonly contentPolicy: string;
}

// A second click cancels the navigation of the first, and the browser ends where the second one leads: at `result=false`,
// with the address verified. It is the same for all pages: nothing of a caller's is ever within it.
const ONCE = `
let isSent = false;
addEventListener('submit', (event) => { if (isSent) event.preventDefault(); isSent = true; });
addEventListener('pageshow', () => { isSent = false; });
`;

export function renderLandingPage(input: LandingPageInput): LandingPage {
  const language = languageOf(input.locale);
  const style = styleOf(input.primaryColor);
  const phrases = phrasesOf(language);
  const titles = { ASK: 'page.title', CONFIRMED: 'page.confirmed.title', FAILED: 'page.failed.title' } as const;
  const title = phrases.text(titles[input.state], {});
  const page = html`<!doctype html>
<html lang="${language}" dir="${directionOf(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<meta name="referrer" content="no-referrer">
<title>${title} – ${input.appName}</title>
<style>${new Html(style)}</style>
</head>
<body>
<main>
<p class="name"><bdi>${input.appName}</bdi></p>
<h1>${title}</h1>
${bodyOf(input, phrases)}
</main>
</body>
</html>
`.markup;
  return { html: page, contentPolicy: policyOf(style, input) };
}

function bodyOf({ state, appName, action }: LandingPageInput, { html: show }: Phrases): Html {
  if (state === 'CONFIRMED') return html`<p role="status">${show('page.confirmed.text', {})}</p>`;
  if (state === 'FAILED') return html`<p role="status">${show('page.failed.text', {})}</p>`;
  return html`<p>${show('page.question', { app: appName })}</p>
<form method="post" action="${action}">
<button type="submit">${show('page.button', {})}</button>
</form>
<script>${new Html(ONCE)}</script>`;
}

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

function policyOf(style: string, { state, redirectUri }: LandingPageInput): string {
  // Chromium holds every redirect after a form's post to `form-action`, also those of the site it ends at: its
  // scheme is allowed, as its origin would not do.
  const target = redirectUri === undefined ? '' : ` ${new URL(redirectUri).protocol}`;
  const sources = [
    `style-src ${hashOf(style)}`,
    ...(state === 'ASK' ? [`script-src ${hashOf(ONCE)}`] : []),
    `form-action 'self'${target}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  return ["default-src 'none'", ...sources].join('; ');
}

function styleOf(primaryColor: string | undefined): string {
  const { background, foreground } = paletteOf(primaryColor);
  return `
:root { color-scheme: light dark; --page: #f4f4f5; --card: #ffffff; --ink: #18181b; }
@media (prefers-color-scheme: dark) { :root { --page: #18181b; --card: #27272a; --ink: #f4f4f5; } }
* { box-sizing: border-box; }
body {
  margin: 0; padding: 10vh 16px 32px; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', Helvetica, Arial, sans-serif;
}
main { max-width: 28rem; margin: 0 auto; padding: 32px; background: var(--card); border-radius: 12px; border-top: 4px solid ${background}; }
.name { margin: 0 0 24px; font-weight: 600; }
h1 { margin: 0 0 16px; font-size: 1.5rem; line-height: 1.25; }
p { margin: 0 0 24px; overflow-wrap: anywhere; }
button {
  width: 100%; min-height: 48px; padding: 12px 24px; border: 1px solid #a1a1aa; border-radius: 8px;
  background: ${background}; color: ${foreground}; font: inherit; font-weight: 600; cursor: pointer;
}
button:focus-visible { outline: 3px solid var(--ink); outline-offset: 2px; }
`;
}
