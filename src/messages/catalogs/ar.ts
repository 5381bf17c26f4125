import type { Catalog } from './catalog.js';

// Six plural forms: the dual has no number, three to ten take the plural, eleven and more the singular.
const MINUTES =
  '{minutes, plural, zero {أقل من دقيقة} one {دقيقة واحدة} two {دقيقتين} few {# دقائق} many {# دقيقة} other {# دقيقة}}';

/** Texts begin with Arabic or with the code, so that a client which looks at the first letter lays them out right. */
export const ar: Catalog = {
  'code.line': '{code} هو رمز التحقق الخاص بك في {app}.',
  'code.short': '{code} هو رمزك في {app}.',
  'code.expiry': `تنتهي صلاحيته بعد ${MINUTES}.`,
  'code.warning': 'لا تشاركه مع أي شخص.',
  'code.label': 'رمز التحقق الخاص بك في {app}',
  'code.intro': 'أدخل هذا الرمز لإكمال التحقق.',
  'code.email.expiry': `تنتهي صلاحية الرمز بعد ${MINUTES}.`,
  'voice.code': 'رمز التحقق الخاص بك في {app} هو: {digits}. أكرر: {digits}.',
  'link.subject': 'أكّد عنوان بريدك الإلكتروني في {app}',
  'link.intro': 'أكّد أنك تريد استخدام عنوان البريد الإلكتروني هذا مع {app}.',
  'link.button': 'تأكيد البريد الإلكتروني',
  'link.expiry': `تنتهي صلاحية الرابط بعد ${MINUTES}.`,
  'link.fallback': 'إذا لم يعمل الزر، فافتح هذا العنوان في المتصفح:',
  ignore: 'إذا لم تطلب ذلك، فتجاهل هذه الرسالة.',
  'page.title': 'تأكيد البريد الإلكتروني',
  'page.question': 'هل تريد استخدام عنوان البريد الإلكتروني هذا مع {app}؟',
  'page.button': 'تأكيد',
  'page.confirmed.title': 'تم تأكيد البريد الإلكتروني',
  'page.confirmed.text': 'يمكنك إغلاق هذه الصفحة.',
  'page.failed.title': 'لم يعد هذا الرابط يعمل',
  'page.failed.text': 'انتهت صلاحيته أو سبق استخدامه. اطلب رابطًا جديدًا.',
  'notice.email.subject': 'تم تغيير عنوان بريدك الإلكتروني في {app} أو إزالته',
  'notice.email.text':
    'تم تغيير عنوان البريد الإلكتروني لحسابك في {app} أو إزالته. لم تعد الرسائل تصل إلى هذا العنوان.',
  'notice.phone.text': 'تم تغيير رقم هاتف حسابك في {app} أو إزالته.',
  'notice.advice': 'إذا لم تكن أنت من فعل ذلك، فتواصل معنا فورًا.',
};
