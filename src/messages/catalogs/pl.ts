import type { Catalog } from './catalog.js';

export const pl: Catalog = {
  'code.line': '{code} to Twój kod weryfikacyjny {app}.',
  'code.short': '{code} to Twój kod {app}.',
  'code.expiry': 'Wygasa za {minutes, plural, one {# minutę} few {# minuty} many {# minut} other {# minuty}}.',
  'code.warning': 'Nie udostępniaj go nikomu.',
  'code.label': 'Twój kod weryfikacyjny {app}',
  'code.intro': 'Wpisz ten kod, aby dokończyć weryfikację.',
  'code.email.expiry':
    'Kod wygasa za {minutes, plural, one {# minutę} few {# minuty} many {# minut} other {# minuty}}.',
  'voice.code': 'Twój kod weryfikacyjny {app} to: {digits}; powtarzam: {digits}; to cały kod.',
  'link.subject': 'Potwierdź swój adres e-mail w {app}',
  'link.intro': 'Potwierdź, że chcesz używać tego adresu e-mail w {app}.',
  'link.button': 'Potwierdź adres e-mail',
  'link.expiry': 'Link wygasa za {minutes, plural, one {# minutę} few {# minuty} many {# minut} other {# minuty}}.',
  'link.fallback': 'Jeśli przycisk nie działa, otwórz ten adres w przeglądarce:',
  ignore: 'Jeśli to nie Twoja prośba, zignoruj tę wiadomość.',
  'page.title': 'Potwierdź adres e-mail',
  'page.question': 'Czy chcesz używać tego adresu e-mail w {app}?',
  'page.button': 'Potwierdź',
  'page.confirmed.title': 'Adres e-mail potwierdzony',
  'page.confirmed.text': 'Możesz zamknąć tę stronę.',
  'page.failed.title': 'Ten link już nie działa',
  'page.failed.text': 'Wygasł albo został już użyty. Poproś o nowy.',
  'notice.email.subject': 'Zmieniono lub usunięto Twój adres e-mail w {app}',
  'notice.email.text':
    'Adres e-mail Twojego konta {app} został zmieniony lub usunięty. Wiadomości nie będą już wysyłane na ten adres.',
  'notice.phone.text': '{app}: zmieniono lub usunięto numer telefonu Twojego konta.',
  'notice.advice': 'Jeśli to nie Ty, natychmiast skontaktuj się z nami.',
};
