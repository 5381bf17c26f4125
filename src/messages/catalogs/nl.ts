import type { Catalog } from './catalog.js';

export const nl: Catalog = {
  'code.line': '{code} is uw verificatiecode voor {app}.',
  'code.short': '{code} is uw code voor {app}.',
  'code.expiry': 'De code is {minutes, plural, one {# minuut} other {# minuten}} geldig.',
  'code.warning': 'Deel de code met niemand.',
  'code.label': 'Uw verificatiecode voor {app}',
  'code.intro': 'Voer deze code in om de verificatie te voltooien.',
  'voice.code': 'Uw verificatiecode voor {app} is: {digits}. Ik herhaal: {digits}.',
  'link.subject': 'Bevestig uw e-mailadres voor {app}',
  'link.intro': 'Bevestig dat u dit e-mailadres voor {app} wilt gebruiken.',
  'link.button': 'E-mailadres bevestigen',
  'link.expiry': 'De link is {minutes, plural, one {# minuut} other {# minuten}} geldig.',
  'link.fallback': 'Werkt de knop niet? Open dan dit adres in uw browser:',
  ignore: 'Hebt u hier niet om gevraagd? Negeer dan dit bericht.',
  'page.title': 'E-mailadres bevestigen',
  'page.question': 'Wilt u dit e-mailadres voor {app} gebruiken?',
  'page.button': 'Bevestigen',
  'page.confirmed.title': 'E-mailadres bevestigd',
  'page.confirmed.text': 'U kunt deze pagina sluiten.',
  'page.failed.title': 'Deze link werkt niet meer',
  'page.failed.text': 'De link is verlopen of al gebruikt. Vraag een nieuwe aan.',
  'notice.email.subject': 'Uw e-mailadres bij {app} is gewijzigd',
  'notice.email.text':
    'Het e-mailadres van uw account bij {app} is gewijzigd. Berichten gaan niet meer naar dit adres.',
  'notice.phone.text': '{app}: het telefoonnummer van uw account is gewijzigd.',
  'notice.advice': 'Hebt u dit niet gedaan? Neem dan meteen contact met ons op.',
};
