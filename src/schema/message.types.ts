import { Field, InputType } from 'type-graphql';

@InputType({
  description:
    'The look and the words of an email. Every text is one line, without links, addresses, markup or long numbers; the code, its expiry and the warning always stay.',
})
export class EmailContentInput {
  @Field(() => String, {
    nullable: true,
    description: 'At most 150 characters. Default: a sentence with the code, or what the link is for.',
  })
  subject?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'At most 60 characters. Default: the app name of the workspace.',
  })
  senderName?: string | null;

  @Field(() => String, { nullable: true, description: '`#rrggbb`.' })
  primaryColor?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'A PNG, JPEG or GIF in base64, at most 20000 characters; never fetched from a URL.',
  })
  logo?: string | null;

  @Field(() => String, { nullable: true, description: 'At most 150 characters.' })
  headerText?: string | null;

  @Field(() => String, { nullable: true, description: 'At most 1000 characters.' })
  bodyText?: string | null;

  @Field(() => String, { nullable: true, description: 'The words on the button of a link; at most 60 characters.' })
  linkText?: string | null;

  @Field(() => String, { nullable: true, description: 'At most 500 characters.' })
  infoText?: string | null;

  @Field(() => String, { nullable: true, description: 'At most 500 characters.' })
  footerText?: string | null;
}
