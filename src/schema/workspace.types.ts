import { Field, InputType } from 'type-graphql';
import type { ContactKind as ContactKindValue } from '../kernel/contact.js';
import { ConnectReply, ContactKind } from './enums.js';
import { CountryCode, JSONObject, Locale, Url } from './scalars.js';

@InputType({ description: 'A region whose customers must verify a channel.' })
export class ContactVerificationRuleInput {
  @Field(() => CountryCode, { description: 'A country, or EU for every member state.' })
  region!: string;

  @Field(() => [ContactKind], { description: 'The contacts that its customers must verify, each once.' })
  channels!: ContactKindValue[];
}

@InputType({ description: 'An identity provider whose access tokens this workspace accepts.' })
export class TokenIssuerInput {
  @Field(() => Url, { description: 'The `iss` of its tokens, exactly. HTTPS, without query and fragment.' })
  issuer!: string;

  @Field(() => Url, {
    description:
      'Where its public keys are (RFC 7517). HTTPS; what its discovery document says must agree, and is followed when they move.',
  })
  jwksUri!: string;

  @Field(() => String, { description: 'The `aud` of its tokens, exactly: 1 to 255 characters.' })
  audience!: string;
}

@InputType({
  description:
    'What changes of the settings, which test and live mode share. What is left out or null stays as it is, except ' +
    'that a null autofillDomain takes the domain away. A list or an object is given whole, in place of the old one.',
})
export class UpdateWorkspaceInput {
  @Field(() => String, { nullable: true, description: 'For people: 1 to 100 characters.' })
  name?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'What messages call the sender: at most 50 characters, without links, domains and long numbers.',
  })
  appName?: string | null;

  @Field(() => Locale, { nullable: true, description: 'The language of messages where nothing else decides.' })
  defaultLocale?: string | null;

  @Field(() => [Url], {
    nullable: true,
    description:
      'Where email links may end, compared exactly: at most 50 absolute URLs by HTTPS, or by HTTP on localhost, ' +
      'without user, fragment and wildcard. They are kept as the WHATWG URL standard writes them.',
  })
  redirectUris?: string[] | null;

  @Field(() => [CountryCode], { nullable: true, description: 'The countries to whose numbers codes are sent.' })
  eligibleCountries?: string[] | null;

  @Field(() => [ContactVerificationRuleInput], {
    nullable: true,
    description: 'Who must verify what: at most 250 rules.',
  })
  contactVerificationPolicy?: ContactVerificationRuleInput[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether an SMS approval also stamps the email it was requested with (CONNECT_POLICY).',
  })
  connectStampsEmail?: boolean | null;

  @Field(() => ConnectReply, { nullable: true, description: 'What connect tells a browser about a refusal.' })
  connectReply?: keyof typeof ConnectReply | null;

  @Field(() => JSONObject, {
    nullable: true,
    description:
      'Added to every access token of this workspace: at most 4096 bytes, five levels deep, without registered claims.',
  })
  accessTokenClaims?: Record<string, unknown> | null;

  @Field(() => String, {
    nullable: true,
    description: 'A domain name: SMS end with @domain #code. Null takes it away.',
  })
  autofillDomain?: string | null;

  @Field(() => [TokenIssuerInput], {
    nullable: true,
    description: 'Identity providers whose access tokens are accepted: at most 10, each issuer and audience once.',
  })
  tokenIssuers?: TokenIssuerInput[] | null;
}
