import type { Catalog } from './catalog.js';

export const it: Catalog = {
  'code.line': '{code} è il tuo codice di verifica per {app}.',
  'code.short': '{code} è il tuo codice per {app}.',
  'code.expiry': 'Scade tra {minutes, plural, one {# minuto} other {# minuti}}.',
  'code.warning': 'Non condividerlo con nessuno.',
  'code.label': 'Il tuo codice di verifica per {app}',
  'code.intro': 'Inserisci questo codice per completare la verifica.',
  'voice.code': 'Il tuo codice di verifica per {app} è: {digits}. Ripeto: {digits}.',
  'link.subject': 'Conferma il tuo indirizzo email per {app}',
  'link.intro': 'Conferma di voler usare questo indirizzo email con {app}.',
  'link.button': 'Conferma indirizzo email',
  'link.expiry': 'Il link scade tra {minutes, plural, one {# minuto} other {# minuti}}.',
  'link.fallback': 'Se il pulsante non funziona, apri questo indirizzo nel browser:',
  ignore: 'Se non hai fatto tu la richiesta, ignora questo messaggio.',
  'page.title': 'Conferma indirizzo email',
  'page.question': 'Vuoi usare questo indirizzo email con {app}?',
  'page.button': 'Conferma',
  'page.confirmed.title': 'Indirizzo email confermato',
  'page.confirmed.text': 'Puoi chiudere questa pagina.',
  'page.failed.title': 'Questo link non funziona più',
  'page.failed.text': 'È scaduto o è già stato usato. Richiedine uno nuovo.',
  'notice.email.subject': 'Il tuo indirizzo email per {app} è stato modificato',
  'notice.email.text':
    'L’indirizzo email del tuo account {app} è stato modificato. I messaggi non arrivano più a questo indirizzo.',
  'notice.phone.text': '{app}: il numero di telefono del tuo account è stato modificato.',
  'notice.advice': 'Se non lo hai fatto tu, contattaci subito.',
};
