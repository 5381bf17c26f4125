import { registerEnumType } from 'type-graphql';

/** Makes an enum of the schema out of the descriptions of its values. */
function enumOf<const Descriptions extends Record<string, string>>(
  name: string,
  description: string,
  of: Descriptions,
) {
  const type = Object.fromEntries(Object.keys(of).map((value) => [value, value])) as {
    [Name in keyof Descriptions]: Name;
  };
  registerEnumType(type as Record<string, string>, {
    name,
    description,
    valuesConfig: Object.fromEntries(
      Object.entries(of).map(([value, text]) => [value, { description: text }]),
    ) as Record<string, { description: string }>,
  });
  return type;
}

export const PrincipalKind = enumOf('PrincipalKind', 'The kind of credential on a request.', {
  PUBLISHABLE_KEY: 'A key that may stand in a browser and can only start and keep customer sessions.',
  SECRET_KEY: 'A key of a backend of the workspace.',
  CUSTOMER_SESSION: 'An access token that the gateway gave to a customer.',
  USER_TOKEN: "An access token of the workspace's own identity provider.",
});

export const Mode = enumOf(
  'Mode',
  'Test and live are two worlds that share nothing but the workspace and its settings.',
  {
    TEST: 'Nothing is sent outside, and every code is 123456.',
    LIVE: 'Messages go to real people.',
  },
);

export const ApiKeyKind = enumOf('ApiKeyKind', 'Where a key may stand.', {
  PUBLISHABLE: 'In a browser, where everybody can read it.',
  SECRET: 'In a backend only.',
});

export const CustomerType = enumOf('CustomerType', 'Whether a customer is a person or a business.', {
  INDIVIDUAL: 'A natural person.',
  BUSINESS: 'A legal entity.',
});

export const ContactVerificationStatus = enumOf(
  'ContactVerificationStatus',
  'How far the verification of a required contact is.',
  { PENDING: 'Required and not yet verified.', VERIFIED: 'The primary contact is verified.' },
);

export const ContactKind = enumOf('ContactKind', 'The two kinds of contact.', {
  EMAIL: 'An email address.',
  PHONE: 'A phone number.',
});

export const Evidence = enumOf('Evidence', 'How a contact came to be verified.', {
  EMAIL_CODE: 'A code sent by email was confirmed.',
  EMAIL_LINK: 'The link in an email was followed.',
  SMS_CODE: 'A code sent by SMS was confirmed.',
  WHATSAPP_CODE: 'A code sent by WhatsApp was confirmed.',
  VOICE_CODE: 'A code spoken in a call was confirmed.',
  CONNECT_POLICY: 'An SMS approval, extended to the email it was requested with by the policy of the workspace.',
  ATTESTED: 'Somebody else verified it and said so.',
});

export const Channel = enumOf('Channel', 'The way a message travels.', {
  EMAIL: 'An email.',
  SMS: 'A text message.',
  WHATSAPP: 'A WhatsApp message.',
  VOICE: 'A call in which the code is spoken.',
});

export const VerificationKind = enumOf('VerificationKind', 'What a verification asks of the customer.', {
  CODE: 'To enter a code.',
  LINK: 'To follow a link.',
});

export const VerificationStatus = enumOf('VerificationStatus', 'Where a verification stands.', {
  PENDING: 'Guesses are taken.',
  VERIFIED: 'The right code came in time.',
  FAILED: 'All attempts are spent, or no step could be delivered.',
  EXPIRED: 'Its time passed.',
  CANCELED: 'It was canceled.',
});

export const StepStatus = enumOf('StepStatus', 'Where one step of a verification stands.', {
  PENDING: 'It waits for failover.',
  QUEUED: 'Its message was accepted and is about to be sent.',
  SENT: 'The provider has taken the message.',
  DELIVERED: 'The provider says that it arrived.',
  FAILED: 'It cannot be delivered this way.',
  SKIPPED: 'Another step took over, or the verification ended, before it was sent.',
});

export const ProblemCode = enumOf(
  'ProblemCode',
  'Why an expected refusal was given. Treat an unknown code as a refusal.',
  {
    NOT_FOUND: 'No such customer or verification in this workspace and mode.',
    CONTACT_IN_USE: 'Another customer of the workspace has verified this contact.',
    ALREADY_VERIFIED: 'This customer has verified this contact already.',
    NOT_REQUIRED: 'The provider asks no contact verification of this customer.',
    CODE_INCORRECT: 'The guess was counted and was wrong.',
    EXPIRED: 'The time of the verification has passed.',
    ATTEMPTS_EXHAUSTED: 'All attempts are spent.',
    CANCELED: 'The verification was canceled.',
    FINISHED: 'The verification has ended already.',
    TOO_SOON: 'The resend cooldown has not passed; see retryAfterSeconds.',
    TOO_MANY: 'A cap on messages or on wrong guesses was reached.',
    COUNTRY_NOT_ELIGIBLE: 'The workspace sends no codes to this country.',
    CHANNEL_NOT_AVAILABLE: 'No provider is configured for this channel in this mode.',
    REDIRECT_NOT_ALLOWED: 'The redirect URI is not on the list of the workspace.',
    NO_NEXT_STEP: 'There is no further step to fail over to.',
    NOT_VERIFIED: 'The contact is not verified.',
    SESSION_ENDED: 'The session has ended.',
  },
);

export const SavedMethodType = enumOf('SavedMethodType', 'What a saved method is.', {
  CARD: 'A payment card.',
  BANK_ACCOUNT: 'A bank account.',
  APPLE_PAY: 'A card in Apple Pay.',
  GOOGLE_PAY: 'A card in Google Pay.',
  TOKEN: 'A token of a network or a processor.',
});

export const CardType = enumOf('CardType', 'How a card is paid for.', {
  CREDIT: 'Later, on credit.',
  DEBIT: 'At once, from an account.',
  PREPAID: 'Beforehand.',
  HSA_FSA: 'From a United States health savings or flexible spending account.',
  UNKNOWN: 'The processor does not say.',
});

export const ConnectReply = enumOf('ConnectReply', 'What connect tells a browser about a refusal.', {
  EXACT: '`sent` is false for every refusal.',
  UNIFORM: '`sent` is always true, and a refusal leaves a decoy that can never be confirmed.',
});

export const WebhookEndpointStatus = enumOf('WebhookEndpointStatus', 'Whether an endpoint is told of events.', {
  ENABLED: 'It is told.',
  DISABLED: 'Nothing is sent.',
});

export const WebhookDisabledReason = enumOf('WebhookDisabledReason', 'Why nothing is sent to an endpoint.', {
  REQUESTED: 'By updateWebhookEndpoint.',
  GONE: 'It answered 410.',
});

export const EventDeliveryStatus = enumOf('EventDeliveryStatus', 'Where the delivery of an event stands.', {
  PENDING: 'It is tried, or waits to be tried again.',
  DELIVERED: 'The endpoint took it.',
  GIVEN_UP: 'Three days have passed.',
});
