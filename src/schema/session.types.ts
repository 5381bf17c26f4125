import { createUnionType, Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { DateTime, EmailAddress } from './scalars.js';
import { Refused } from './verification.results.js';

@InputType({ description: 'Whose phone a code goes to.' })
export class SendConnectCodeInput {
  @Field(() => EmailAddress, {
    description: 'An email that the customer has verified, or their primary one; the code goes to their primary phone.',
  })
  email!: string;
}

@ObjectType({ description: 'What became of a request for a connect code.', simpleResolvers: true })
export class ConnectCode {
  @Field(() => Boolean, {
    description:
      "In a workspace that replies EXACT: true where a code was sent to the customer's phone, false for every refusal, whichever gate refused. In one that replies UNIFORM: always true.",
  })
  sent!: boolean;
}

@InputType({ description: 'The code, and what the session is bound to.' })
export class ConfirmConnectCodeInput {
  @Field(() => EmailAddress, { description: 'The email that the code was asked for with.' })
  email!: string;

  @Field(() => String, { description: 'The six digits.' })
  code!: string;

  @Field(() => String, {
    nullable: true,
    description: "The embedding page's session, at most 200 characters: the access token is good for it alone.",
  })
  sessionId?: string | null;

  @Field(() => String, { nullable: true, description: 'Comes back in the id token, at most 200 characters.' })
  nonce?: string | null;
}

@ObjectType({
  description:
    'A session of a customer: refreshed for 30 minutes from the proof at most; its last access token ends 15 minutes later.',
  simpleResolvers: true,
})
export class CustomerSession {
  @Field(() => String, { description: 'A JWT (RFC 9068) that is good for 15 minutes, as a bearer token.' })
  accessToken!: string;

  @Field(() => String, { description: 'A JWT (OpenID Connect) about the customer, for the page; no credential.' })
  idToken!: string;

  @Field(() => String, { description: 'Opaque and good for one `refreshSession`; keep it as safe as a password.' })
  refreshToken!: string;

  @Field(() => String, { description: 'Always Bearer.' })
  tokenType!: string;

  @Field(() => Int, { description: 'How long the access token is good for.' })
  expiresInSeconds!: number;

  @Field(() => DateTime, { description: 'When the access token expires.' })
  expiresAt!: Date;

  @Field(() => DateTime, { description: 'After this the customer proves themselves again.' })
  refreshableUntil!: Date;

  @Field(() => String, { nullable: true, description: "The embedding page's session that the tokens are bound to." })
  sessionId!: string | null;

  /** The customer's UUID, for the field on demand. */
  customerId!: string;
}

export const SessionResult = createUnionType({
  name: 'SessionResult',
  description: 'A session, or why there is none.',
  types: () => [CustomerSession, Refused] as const,
});

@InputType({ description: 'Which session goes on.' })
export class RefreshSessionInput {
  @Field(() => String, { description: 'The newest of the session.' })
  refreshToken!: string;
}

@InputType({
  description:
    'Which sessions end. A publishable key shows a refresh token, a customer is always themselves, and a secret key names a customer.',
})
export class EndSessionInput {
  @Field(() => String, { nullable: true, description: 'Any refresh token of the session, spent or not.' })
  refreshToken?: string | null;

  @Field(() => Boolean, { nullable: true, defaultValue: false, description: 'Every session of the customer.' })
  everywhere?: boolean | null;

  @Field(() => ID, { nullable: true, description: 'Secret keys only: every session of this customer.' })
  customerId?: string | null;
}

@ObjectType({ description: 'What `endSession` did.', simpleResolvers: true })
export class EndSessionPayload {
  @Field(() => Int, { description: 'Sessions that were alive and have ended.' })
  ended!: number;
}
