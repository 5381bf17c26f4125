/** The page that every email is. No tables, no scripts, nothing fetched: what a client leaves of it can be read. */
import type { Language } from './catalogs/index.js';
import { paletteOf } from './color.js';
import type { EmailContent } from './email-content.js';
import { Html, html } from './html.js';
import { directionOf } from './locale.js';
import type { Logo } from './logo.js';

export interface EmailPage {
  readonly language: Language;
  readonly title: string;
  readonly appName: string;
  readonly content: EmailContent;
  readonly body: readonly (Html | undefined)[];
  /** Below the line, above the name. */
  readonly footer?: Html | string | undefined;
}

/** What the page calls the logo that travels beside it. */
export const LOGO_CID = 'logo@identity-gateway';

// For clients that keep a style sheet. The others show the inline styles, which are the light ones.
const STYLE = new Html(`:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme: dark) {
  .page { background-color: #18181b !important; color: #f4f4f5 !important; }
  .card { background-color: #27272a !important; }
  .code { background-color: #3f3f46 !important; color: #ffffff !important; }
  .quiet { color: #a1a1aa !important; }
  .line { border-color: #3f3f46 !important; }
  .logo { background-color: #ffffff !important; border-radius: 6px !important; padding: 6px !important; }
}
@media (max-width: 480px) {
  .page { padding: 0 !important; }
  .card { border-radius: 0 !important; padding: 24px 20px !important; }
}`);

const FONT = "font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,'Noto Sans',Helvetica,Arial,sans-serif";
const PAGE = `margin:0;padding:32px 16px;background-color:#f4f4f5;color:#18181b;${FONT};font-size:16px;line-height:1.5`;
// A name or a word without a space is broken: on a phone it would push the page to the side.
const CARD =
  'overflow-wrap:anywhere;max-width:536px;margin:0 auto;padding:32px;background-color:#ffffff;border-radius:8px';
const QUIET = 'font-size:14px;color:#52525b';

export function emailPage({ language, title, appName, content, body, footer }: EmailPage): string {
  const direction = directionOf(language);
  // The side is inherited by texts that find their own direction, so that all of them stand at the same edge.
  const side = `text-align:${direction === 'rtl' ? 'right' : 'left'}`;
  const accent = `border-top:4px solid ${paletteOf(content.primaryColor).background}`;
  const name = html`<bdi>${appName}</bdi>`;
  return html`<!doctype html>
<html lang="${language}" dir="${direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no">
<title>${title}</title>
<style>
${STYLE}
</style>
</head>
<body class="page" style="${PAGE}">
<div class="card" role="article" aria-label="${title}" lang="${language}" dir="${direction}" style="${CARD};${side};${accent}">
${content.logo ? logoImage(content.logo, appName) : paragraph(name, 'font-weight:600')}
${body.map((part) => html`${part}\n`)}<hr class="line" style="margin:24px 0 16px;border:0;border-top:1px solid #e4e4e7">
${footer === undefined ? undefined : quiet(footer)}
${content.logo || footer === undefined ? quiet(name) : undefined}
</div>
</body>
</html>
`.markup;
}

// A width and a height for clients that know no other way to keep a picture small.
function logoImage({ size }: Logo, appName: string): Html {
  const scale = size && Math.min(1, 200 / size.width, 64 / size.height);
  const measures =
    size && scale && html` width="${Math.round(size.width * scale)}" height="${Math.round(size.height * scale)}"`;
  const look = 'display:block;margin:0 0 24px;border:0;max-width:200px;max-height:64px';
  return html`<img class="logo" src="cid:${LOGO_CID}"${measures || undefined} alt="${appName}" style="${look}">`;
}

// A plain text is a caller's, perhaps in a language of the other direction, which its first letters tell.
const autoOf = (content: Html | string): Html | undefined =>
  typeof content === 'string' ? html` dir="auto"` : undefined;

export function heading(content: Html | string): Html {
  return html`<h1${autoOf(content)} style="margin:0 0 16px;font-size:22px;line-height:1.3">${content}</h1>`;
}

export function paragraph(content: Html | string, style = ''): Html {
  return html`<p${autoOf(content)} style="margin:0 0 16px;${style}">${content}</p>`;
}

/** In small gray letters. */
export function quiet(content: Html | string): Html {
  return html`<p class="quiet"${autoOf(content)} style="margin:0 0 8px;${QUIET}">${content}</p>`;
}

/** From left to right in every language, and one word for whoever copies it. */
export function codeBlock(code: string): Html {
  const font = `font-family:ui-monospace,Menlo,Consolas,monospace;font-size:${code.length > 8 ? 24 : 32}px;font-weight:700`;
  const box = 'background-color:#f4f4f5;color:#18181b;border-radius:8px;padding:16px 8px;text-align:center';
  return html`<p class="code" dir="ltr" style="margin:0 0 16px;${font};line-height:1.25;letter-spacing:3px;${box}">${code}</p>`;
}

/** A link that looks like a button, in the color of the workspace. */
export function button(url: string, label: Html | string, color: string | undefined): Html {
  const { background, foreground } = paletteOf(color);
  const box = 'display:inline-block;padding:12px 24px;border:1px solid #a1a1aa;border-radius:8px';
  const look = `${box};background-color:${background};color:${foreground};font-weight:600;text-decoration:none`;
  return html`<p style="margin:24px 0;text-align:center"><a href="${url}"${autoOf(label)} style="${look}">${label}</a></p>`;
}
