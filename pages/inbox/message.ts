/** A message as the gateway tells it. */
export interface Message {
  readonly id: string;
  readonly verificationId: string;
  readonly channel: 'EMAIL' | 'SMS' | 'WHATSAPP' | 'VOICE';
  readonly status: string;
  readonly failureReason: string | null;
  readonly to: string;
  readonly from: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string | null;
  readonly code: string | null;
  readonly link: string | null;
  readonly locale: string;
  readonly sends: number;
  readonly at: string;
}

export const CHANNELS: Record<Message['channel'], string> = {
  EMAIL: 'Email',
  SMS: 'SMS',
  WHATSAPP: 'WhatsApp',
  VOICE: 'Call',
};

/** `12:04:33` today, with the day before that. */
export function timeOf(at: string, now = new Date()): string {
  const date = new Date(at);
  const isToday = date.toDateString() === now.toDateString();
  return date.toLocaleString(
    undefined,
    isToday ? { timeStyle: 'medium' } : { dateStyle: 'medium', timeStyle: 'short' },
  );
}
