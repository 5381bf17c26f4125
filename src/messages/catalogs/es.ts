import type { Catalog } from './catalog.js';

export const es: Catalog = {
  'code.line': '{code} es tu código de verificación de {app}.',
  'code.short': '{code} es tu código de {app}.',
  'code.expiry': 'Caduca en {minutes, plural, one {# minuto} other {# minutos}}.',
  'code.warning': 'No lo compartas con nadie.',
  'code.label': 'Tu código de verificación de {app}',
  'code.intro': 'Introduce este código para completar la verificación.',
  'voice.code': 'Tu código de verificación de {app} es: {digits}. Repito: {digits}.',
  'link.subject': 'Confirma tu correo electrónico para {app}',
  'link.intro': 'Confirma que quieres usar esta dirección de correo electrónico con {app}.',
  'link.button': 'Confirmar correo electrónico',
  'link.expiry': 'El enlace caduca en {minutes, plural, one {# minuto} other {# minutos}}.',
  'link.fallback': 'Si el botón no funciona, abre esta dirección en el navegador:',
  ignore: 'Si no lo has solicitado, ignora este mensaje.',
  'page.title': 'Confirmar correo electrónico',
  'page.question': '¿Quieres usar esta dirección de correo electrónico con {app}?',
  'page.button': 'Confirmar',
  'page.confirmed.title': 'Correo electrónico confirmado',
  'page.confirmed.text': 'Puedes cerrar esta página.',
  'page.failed.title': 'Este enlace ya no funciona',
  'page.failed.text': 'Ha caducado o ya se ha usado. Solicita uno nuevo.',
  'notice.email.subject': 'Se ha cambiado tu correo electrónico en {app}',
  'notice.email.text':
    'Se ha cambiado el correo electrónico de tu cuenta de {app}. Los mensajes ya no se envían a esta dirección.',
  'notice.phone.text': '{app}: se ha cambiado el número de teléfono de tu cuenta.',
  'notice.advice': 'Si no has sido tú, contáctanos de inmediato.',
};
