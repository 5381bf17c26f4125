import { createUnionType, Field, Int, InterfaceType, ObjectType } from 'type-graphql';
import type { ProblemCode as ProblemCodeValue } from '../verification/problems.js';
import { ProblemCode } from './enums.js';
import { DateTime } from './scalars.js';
import { Verification } from './verification.types.js';

@InterfaceType({ description: 'An expected refusal. Accidents are errors with `extensions.code` instead.' })
export abstract class Problem {
  @Field(() => ProblemCode, { description: 'For programs.' })
  code!: ProblemCodeValue;

  @Field(() => String, { description: 'For developers; not part of the contract.' })
  message!: string;
}

@ObjectType({ description: 'The message was accepted and is on its way.', simpleResolvers: true })
export class VerificationSent {
  @Field(() => Verification, { description: 'The verification.' })
  verification!: Verification;
}

@ObjectType({ description: 'The code was right: the contact is verified.', simpleResolvers: true })
export class VerificationConfirmed {
  @Field(() => Verification, { description: 'The verification.' })
  verification!: Verification;
}

@ObjectType({ implements: Problem, description: 'The guess was counted and was wrong.', simpleResolvers: true })
export class CodeIncorrect extends Problem {
  @Field(() => Int, { description: 'Guesses still taken.' })
  attemptsLeft!: number;

  @Field(() => DateTime, { description: 'The first moment at which no guess is taken any more.' })
  expiresAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'The earliest time of a resend.' })
  resendAvailableAt!: Date | null;
}

@ObjectType({ implements: Problem, description: 'Nothing was done.', simpleResolvers: true })
export class Refused extends Problem {
  @Field(() => Int, { nullable: true, description: 'Seconds after which the same call may succeed.' })
  retryAfterSeconds!: number | null;
}

export const SendVerificationResult = createUnionType({
  name: 'SendVerificationResult',
  description: 'What became of a send.',
  types: () => [VerificationSent, Refused] as const,
});

export const ConfirmVerificationResult = createUnionType({
  name: 'ConfirmVerificationResult',
  description: 'What became of a guess.',
  types: () => [VerificationConfirmed, CodeIncorrect, Refused] as const,
});
