/** What goes to an address: subject, text and page, with the words of the caller where they were given. */
import type { EmailContent } from './email-content.js';
import { button, codeBlock, emailPage, heading, paragraph, quiet } from './email-page.js';
import { html } from './html.js';
import type { CodeMessage, LinkMessage, MessageInput, NoticeMessage } from './message.js';
import { expiryOf, type Phrases } from './phrases.js';

export interface Email {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const NONE: EmailContent = {};

export function emailOf(message: MessageInput, phrases: Phrases): Email {
  if (message.kind === 'link') return linkEmail(message, phrases);
  return message.kind === 'code' ? codeEmail(message, phrases) : noticeEmail(message, phrases);
}

/** The parts of a text, an empty line between them. */
const textOf = (...parts: readonly (string | undefined)[]): string =>
  `${parts.filter((part) => part !== undefined).join('\n\n')}\n`;

function codeEmail({ appName, code, minutes, content = NONE }: CodeMessage, phrases: Phrases): Email {
  const { language, text: say, html: show } = phrases;
  const line = say('code.line', { app: appName, code });
  const expiry = expiryOf(phrases, 'code.email.expiry', minutes);
  const warning = [expiry, say('code.warning', {})].filter((part) => part !== undefined).join(' ');
  const subject = content.subject ?? line;
  const page = emailPage({
    language,
    title: subject,
    appName,
    content,
    body: [
      heading(content.headerText ?? show('code.label', { app: appName })),
      paragraph(content.bodyText ?? show('code.intro', {})),
      codeBlock(code),
      paragraph(html`${warning}`),
      content.infoText === undefined ? undefined : paragraph(content.infoText),
    ],
    footer: content.footerText ?? show('ignore', {}),
  });
  const text = textOf(
    line,
    content.headerText,
    content.bodyText ?? say('code.intro', {}),
    warning,
    content.infoText,
    content.footerText ?? say('ignore', {}),
  );
  return { subject, text, html: page };
}

function linkEmail({ appName, url, minutes, content = NONE }: LinkMessage, phrases: Phrases): Email {
  const { language, text: say, html: show } = phrases;
  const line = say('link.subject', { app: appName });
  const expiry = expiryOf(phrases, 'link.expiry', minutes);
  const subject = content.subject ?? line;
  const page = emailPage({
    language,
    title: subject,
    appName,
    content,
    body: [
      heading(content.headerText ?? show('link.subject', { app: appName })),
      paragraph(content.bodyText ?? show('link.intro', { app: appName })),
      button(url, content.linkText ?? show('link.button', {}), content.primaryColor),
      expiry === undefined ? undefined : paragraph(html`${expiry}`),
      content.infoText === undefined ? undefined : paragraph(content.infoText),
      quiet(
        html`${show('link.fallback', {})}<br><a href="${url}" dir="ltr" style="color:inherit;overflow-wrap:anywhere">${url}</a>`,
      ),
    ],
    footer: content.footerText ?? show('ignore', {}),
  });
  const text = textOf(
    content.headerText ?? line,
    content.bodyText ?? say('link.intro', { app: appName }),
    `${content.linkText ?? say('link.button', {})}\n${url}`,
    expiry,
    content.infoText,
    content.footerText ?? say('ignore', {}),
  );
  return { subject, text, html: page };
}

// The words are the gateway's alone: whoever took the account over may be the one who can choose the others.
function noticeEmail({ appName, content = NONE }: NoticeMessage, phrases: Phrases): Email {
  const { language, text: say, html: show } = phrases;
  const subject = say('notice.email.subject', { app: appName });
  const page = emailPage({
    language,
    title: subject,
    appName,
    content,
    body: [
      heading(show('notice.email.subject', { app: appName })),
      paragraph(show('notice.email.text', { app: appName })),
      paragraph(show('notice.advice', {})),
    ],
  });
  const text = textOf(subject, say('notice.email.text', { app: appName }), say('notice.advice', {}));
  return { subject, text, html: page };
}
