import type { Catalog } from './catalog.js';

export const af: Catalog = {
  'code.line': '{code} is jou verifikasiekode vir {app}.',
  'code.short': '{code} is jou kode vir {app}.',
  'code.expiry': 'Dit verval oor {minutes, plural, one {# minuut} other {# minute}}.',
  'code.warning': 'Moenie dit met enigiemand deel nie.',
  'code.label': 'Jou verifikasiekode vir {app}',
  'code.intro': 'Voer hierdie kode in om die verifikasie te voltooi.',
  'voice.code': 'Jou verifikasiekode vir {app} is: {digits}. Ek herhaal: {digits}.',
  'link.subject': 'Bevestig jou e-posadres vir {app}',
  'link.intro': 'Bevestig dat jy hierdie e-posadres vir {app} wil gebruik.',
  'link.button': 'Bevestig e-posadres',
  'link.expiry': 'Die skakel verval oor {minutes, plural, one {# minuut} other {# minute}}.',
  'link.fallback': 'As die knoppie nie werk nie, maak hierdie adres in jou blaaier oop:',
  ignore: 'As jy nie hiervoor gevra het nie, ignoreer hierdie boodskap.',
  'page.title': 'Bevestig e-posadres',
  'page.question': 'Wil jy hierdie e-posadres vir {app} gebruik?',
  'page.button': 'Bevestig',
  'page.confirmed.title': 'E-posadres bevestig',
  'page.confirmed.text': 'Jy kan hierdie bladsy toemaak.',
  'page.failed.title': 'Hierdie skakel werk nie meer nie',
  'page.failed.text': 'Dit het verval of is reeds gebruik. Vra vir ’n nuwe een.',
  'notice.email.subject': 'Jou e-posadres by {app} is verander',
  'notice.email.text':
    'Die e-posadres van jou rekening by {app} is verander. Boodskappe gaan nie meer na hierdie adres toe nie.',
  'notice.phone.text': '{app}: die telefoonnommer van jou rekening is verander.',
  'notice.advice': 'As dit nie jy was nie, kontak ons dadelik.',
};
