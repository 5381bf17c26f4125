/** A gateway whose text messages Twilio carries and then a sender of the operator's own, and which believes what both report. */
import { startGateway, type TestGateway } from '../harness.js';
import { PUBLIC_URL } from './report.js';
import { twilioSettings, webhookSettings } from './settings.js';
import { startTwilio } from './twilio.js';
import { startWebhookSink } from './webhook-sink.js';

export interface ReportedGateway extends AsyncDisposable {
  readonly gateway: TestGateway;
  readonly twilio: Awaited<ReturnType<typeof startTwilio>>;
  readonly sink: Awaited<ReturnType<typeof startWebhookSink>>;
}

/** Nobody stands behind Twilio for WhatsApp. */
export async function startReportedGateway(): Promise<ReportedGateway> {
  await using starting = new AsyncDisposableStack();
  const twilio = starting.use(await startTwilio());
  const sink = starting.use(await startWebhookSink());
  const gateway = starting.use(
    await startGateway({
      env: {
        GATEWAY_PUBLIC_URL: PUBLIC_URL,
        ...twilioSettings(twilio.url),
        ...webhookSettings(sink.url),
        PROVIDER_SMS: 'twilio-messaging,http',
        PROVIDER_VOICE: 'http',
        PROVIDER_WHATSAPP: 'twilio-messaging',
      },
    }),
  );
  const resources = starting.move();
  return { gateway, twilio, sink, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
