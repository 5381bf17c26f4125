import type { Catalog } from './catalog.js';

export const de: Catalog = {
  'code.line': '{code} ist Ihr Bestätigungscode für {app}.',
  'code.short': '{code} ist Ihr Code für {app}.',
  'code.expiry': 'Er ist {minutes, plural, one {# Minute} other {# Minuten}} gültig.',
  'code.warning': 'Geben Sie ihn nicht weiter.',
  'code.label': 'Ihr Bestätigungscode für {app}',
  'code.intro': 'Geben Sie diesen Code ein, um die Bestätigung abzuschließen.',
  'voice.code': 'Ihr Bestätigungscode für {app} lautet: {digits}. Ich wiederhole: {digits}.',
  'link.subject': 'Bestätigen Sie Ihre E-Mail-Adresse für {app}',
  'link.intro': 'Bestätigen Sie, dass Sie diese E-Mail-Adresse für {app} verwenden möchten.',
  'link.button': 'E-Mail-Adresse bestätigen',
  'link.expiry': 'Der Link ist {minutes, plural, one {# Minute} other {# Minuten}} gültig.',
  'link.fallback': 'Falls die Schaltfläche nicht funktioniert, öffnen Sie diese Adresse im Browser:',
  ignore: 'Falls Sie dies nicht angefordert haben, ignorieren Sie diese Nachricht.',
  'page.title': 'E-Mail-Adresse bestätigen',
  'page.question': 'Möchten Sie diese E-Mail-Adresse für {app} verwenden?',
  'page.button': 'Bestätigen',
  'page.confirmed.title': 'E-Mail-Adresse bestätigt',
  'page.confirmed.text': 'Sie können diese Seite schließen.',
  'page.failed.title': 'Dieser Link funktioniert nicht mehr',
  'page.failed.text': 'Er ist abgelaufen oder wurde bereits verwendet. Fordern Sie einen neuen an.',
  'notice.email.subject': 'Ihre E-Mail-Adresse bei {app} wurde geändert',
  'notice.email.text':
    'Die E-Mail-Adresse Ihres Kontos bei {app} wurde geändert. Nachrichten gehen nicht mehr an diese Adresse.',
  'notice.phone.text': '{app}: Die Telefonnummer Ihres Kontos wurde geändert.',
  'notice.advice': 'Falls Sie das nicht waren, kontaktieren Sie uns bitte sofort.',
};
