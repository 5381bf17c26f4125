import type { Catalog } from './catalog.js';

export const fr: Catalog = {
  'code.line': '{code} est votre code de vérification {app}.',
  'code.short': '{code} est votre code {app}.',
  'code.expiry': 'Il expire dans {minutes, plural, one {# minute} other {# minutes}}.',
  'code.warning': 'Ne le communiquez à personne.',
  'code.label': 'Votre code de vérification {app}',
  'code.intro': 'Saisissez ce code pour terminer la vérification.',
  'code.email.expiry': 'Le code expire dans {minutes, plural, one {# minute} other {# minutes}}.',
  'voice.code': 'Votre code de vérification {app} est : {digits}. Je répète : {digits}.',
  'link.subject': 'Confirmez votre adresse e-mail pour {app}',
  'link.intro': 'Confirmez que vous souhaitez utiliser cette adresse e-mail avec {app}.',
  'link.button': 'Confirmer l’adresse e-mail',
  'link.expiry': 'Le lien expire dans {minutes, plural, one {# minute} other {# minutes}}.',
  'link.fallback': 'Si le bouton ne fonctionne pas, ouvrez cette adresse dans votre navigateur\u00a0:',
  ignore: 'Si vous n’avez rien demandé, ignorez ce message.',
  'page.title': 'Confirmer l’adresse e-mail',
  'page.question': 'Voulez-vous utiliser cette adresse e-mail avec {app}\u00a0?',
  'page.button': 'Confirmer',
  'page.confirmed.title': 'Adresse e-mail confirmée',
  'page.confirmed.text': 'Vous pouvez fermer cette page.',
  'page.failed.title': 'Ce lien ne fonctionne plus',
  'page.failed.text': 'Il a expiré ou a déjà été utilisé. Demandez-en un nouveau.',
  'notice.email.subject': 'L’adresse e-mail de votre compte {app} a été modifiée ou supprimée',
  'notice.email.text':
    'L’adresse e-mail de votre compte {app} a été modifiée ou supprimée. Les messages ne sont plus envoyés à cette adresse.',
  // Plain spaces and apostrophes: others would turn a text message into UCS-2.
  'notice.phone.text': '{app} : le numéro de téléphone de votre compte a été modifié ou supprimé.',
  'notice.advice': "Si vous n'avez pas fait cette modification, contactez-nous immédiatement.",
};
