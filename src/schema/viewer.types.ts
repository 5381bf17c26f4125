import { Field, ObjectType } from 'type-graphql';
import { ConnectReply, ContactKind, Mode, PrincipalKind } from './enums.js';
import { Node } from './node.js';
import { CountryCode, JSONObject, Locale, Url } from './scalars.js';

@ObjectType({ description: 'Regions whose customers must verify a channel.', simpleResolvers: true })
export class ContactVerificationRule {
  @Field(() => CountryCode, { description: 'A country, or EU for every member state.' })
  region!: string;

  @Field(() => [ContactKind], { description: 'The contacts that its customers must verify.' })
  channels!: readonly (keyof typeof ContactKind)[];
}

@ObjectType({
  description: 'An identity provider whose access tokens this workspace accepts; sub is the platformCustomerId.',
  simpleResolvers: true,
})
export class TokenIssuer {
  @Field(() => Url, { description: 'The `iss` of its tokens.' })
  issuer!: string;

  @Field(() => Url, { description: 'Where its public keys are.' })
  jwksUri!: string;

  @Field(() => String, { description: 'The `aud` of its tokens.' })
  audience!: string;
}

@ObjectType({ implements: Node, description: 'A business and its settings.', simpleResolvers: true })
export class Workspace extends Node {
  @Field(() => String, { description: 'For people.' })
  name!: string;

  @Field(() => String, { description: 'What messages call the sender.' })
  appName!: string;

  @Field(() => Locale, { description: 'The language of messages where nothing else decides.' })
  defaultLocale!: string;

  @Field(() => [Url], { description: 'Where email links may end, compared exactly.' })
  redirectUris!: readonly string[];

  @Field(() => [CountryCode], { description: 'The countries to whose numbers codes are sent.' })
  eligibleCountries!: readonly string[];

  @Field(() => [ContactVerificationRule], { description: 'Who must verify what.' })
  contactVerificationPolicy!: readonly ContactVerificationRule[];

  @Field(() => Boolean, {
    description: 'An SMS approval also stamps the email it was requested with (CONNECT_POLICY).',
  })
  connectStampsEmail!: boolean;

  @Field(() => ConnectReply, { description: 'What connect tells a browser about a refusal.' })
  connectReply!: keyof typeof ConnectReply;

  @Field(() => JSONObject, { description: 'Added to every access token of this workspace.' })
  accessTokenClaims!: Record<string, unknown>;

  @Field(() => String, { nullable: true, description: 'SMS end with @domain #code where this is set.' })
  autofillDomain!: string | null;

  @Field(() => [TokenIssuer], { description: 'Identity providers whose access tokens are accepted.' })
  tokenIssuers!: readonly TokenIssuer[];
}

@ObjectType({ description: 'Who the credential on this request is, and what it may do.', simpleResolvers: true })
export class Viewer {
  @Field(() => PrincipalKind, { description: 'The kind of credential.' })
  kind!: keyof typeof PrincipalKind;

  @Field(() => Mode, { description: 'The world it belongs to.' })
  mode!: keyof typeof Mode;

  @Field(() => [String], { description: 'Everything it carries, for this and for other services.' })
  scopes!: readonly string[];
}
