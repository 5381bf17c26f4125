import type { Catalog } from './catalog.js';

/** A noun stays singular after a number. */
export const tr: Catalog = {
  'code.line': '{code}, {app} doğrulama kodunuzdur.',
  'code.short': '{code}, {app} kodunuzdur.',
  'code.expiry': 'Kod {minutes, plural, one {# dakika} other {# dakika}} geçerlidir.',
  'code.warning': 'Kimseyle paylaşmayın.',
  'code.label': '{app} doğrulama kodunuz',
  'code.intro': 'Doğrulamayı tamamlamak için bu kodu girin.',
  'code.email.expiry': 'Kod {minutes, plural, one {# dakika} other {# dakika}} geçerlidir.',
  'voice.code': '{app} doğrulama kodunuz: {digits}; tekrar ediyorum: {digits}; kodunuz bu kadar.',
  'link.subject': '{app} için e-posta adresinizi onaylayın',
  'link.intro': 'Bu e-posta adresini {app} ile kullanmak istediğinizi onaylayın.',
  'link.button': 'E-posta adresini onayla',
  'link.expiry': 'Bağlantı {minutes, plural, one {# dakika} other {# dakika}} geçerlidir.',
  'link.fallback': 'Düğme çalışmazsa bu adresi tarayıcınızda açın:',
  ignore: 'Bunu siz istemediyseniz bu iletiyi yok sayın.',
  'page.title': 'E-posta adresinizi onaylayın',
  'page.question': 'Bu e-posta adresini {app} ile kullanmak istiyor musunuz?',
  'page.button': 'Onayla',
  'page.confirmed.title': 'E-posta adresi onaylandı',
  'page.confirmed.text': 'Bu sayfayı kapatabilirsiniz.',
  'page.failed.title': 'Bu bağlantı artık çalışmıyor',
  'page.failed.text': 'Süresi dolmuş veya daha önce kullanılmış. Yeni bir bağlantı isteyin.',
  'notice.email.subject': '{app} hesabınızın e-posta adresi değiştirildi veya kaldırıldı',
  'notice.email.text':
    '{app} hesabınızın e-posta adresi değiştirildi veya kaldırıldı. İletiler artık bu adrese gönderilmiyor.',
  'notice.phone.text': '{app}: hesabınızın telefon numarası değiştirildi veya kaldırıldı.',
  'notice.advice': 'Bunu siz yapmadıysanız hemen bizimle iletişime geçin.',
};
