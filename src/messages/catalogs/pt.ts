import type { Catalog } from './catalog.js';

/** Worded so that it reads naturally in Brazil and in Portugal. */
export const pt: Catalog = {
  'code.line': '{code} é o seu código de verificação para {app}.',
  'code.short': '{code} é o seu código para {app}.',
  'code.expiry': 'Expira em {minutes, plural, one {# minuto} other {# minutos}}.',
  'code.warning': 'Não o revele a ninguém.',
  'code.label': 'O seu código de verificação para {app}',
  'code.intro': 'Insira este código para concluir a verificação.',
  'code.email.expiry': 'O código expira em {minutes, plural, one {# minuto} other {# minutos}}.',
  'voice.code': 'O seu código de verificação para {app} é: {digits}. Repito: {digits}.',
  'link.subject': 'Confirme o seu e-mail para {app}',
  'link.intro': 'Confirme que deseja usar este endereço de e-mail com {app}.',
  'link.button': 'Confirmar e-mail',
  'link.expiry': 'O link expira em {minutes, plural, one {# minuto} other {# minutos}}.',
  'link.fallback': 'Se o botão não funcionar, abra este endereço no navegador:',
  ignore: 'Se não fez este pedido, ignore esta mensagem.',
  'page.title': 'Confirmar e-mail',
  'page.question': 'Deseja usar este endereço de e-mail com {app}?',
  'page.button': 'Confirmar',
  'page.confirmed.title': 'E-mail confirmado',
  'page.confirmed.text': 'Pode fechar esta página.',
  'page.failed.title': 'Este link deixou de funcionar',
  'page.failed.text': 'Expirou ou já foi usado. Solicite um novo.',
  'notice.email.subject': 'O seu e-mail em {app} foi alterado ou removido',
  'notice.email.text':
    'O endereço de e-mail da sua conta {app} foi alterado ou removido. As mensagens já não são enviadas para este endereço.',
  'notice.phone.text': '{app}: o número de telefone da sua conta foi alterado ou removido.',
  'notice.advice': 'Se não fez esta alteração, avise-nos imediatamente.',
};
