/** The part of the gateway's schema that the workloads use. */
export const typeDefs = `#graphql
  scalar DateTime

  type Query {
    customer(id: ID!): Customer
  }

  type Mutation {
    sendEmailVerification(input: SendEmailVerificationInput!): SendVerificationResult!
    confirmEmailVerification(input: ConfirmEmailVerificationInput!): ConfirmVerificationResult!
    sendConnectCode(input: SendConnectCodeInput!): ConnectCodeSent!
    confirmConnectCode(input: ConfirmConnectCodeInput!): ConnectResult!
  }

  type Customer {
    id: ID!
    platformCustomerId: String!
    customerType: String!
    umaAddress: String!
    region: String
    currencies: [String!]!
    locale: String
    email: String
    phone: String
    contactVerification: ContactVerification
    savedMethods: SavedMethodConnection!
    createdAt: DateTime!
    updatedAt: DateTime!
    isDeleted: Boolean!
  }

  type ContactVerification {
    email: String
    phone: String
  }

  type SavedMethodConnection { nodes: [SavedMethod!]! }
  type SavedMethod {
    id: ID!
    type: String!
    brand: String
    last4: String
    expiryMonth: Int
    expiryYear: Int
    archivedAt: DateTime
  }

  type Verification {
    id: ID!
    status: String!
    codeLength: Int!
    maxAttempts: Int!
    failedAttempts: Int!
    attemptsLeft: Int!
    timeoutSeconds: Int!
    createdAt: DateTime!
    expiresAt: DateTime!
    verifiedAt: DateTime
    steps: [VerificationStep!]!
  }

  type VerificationStep {
    index: Int!
    channel: String!
    to: String!
    status: String!
  }

  type VerificationSent { verification: Verification! }
  type VerificationConfirmed { verification: Verification! customer: Customer! }
  type CodeIncorrect { code: String! message: String! attemptsLeft: Int! }
  type Refused { code: String! message: String! }
  union SendVerificationResult = VerificationSent | Refused
  union ConfirmVerificationResult = VerificationConfirmed | CodeIncorrect | Refused

  type ConnectCodeSent { sent: Boolean! }
  type CustomerSession {
    accessToken: String!
    idToken: String!
    refreshToken: String!
    expiresInSeconds: Int!
    refreshableUntil: DateTime!
    customer: Customer!
  }
  union ConnectResult = CustomerSession | Refused

  input SendConnectCodeInput { email: String! }
  input ConfirmConnectCodeInput { email: String! code: String! }
  input SendEmailVerificationInput { customerId: ID! email: String! }
  input ConfirmEmailVerificationInput { customerId: ID! verificationId: ID! code: String! }
`;
