/** The main job, ready to run: the operations are the ones that the repository publishes. */

import confirmEmail from '../../operations/confirm-email-verification.graphql?raw';
import createCustomer from '../../operations/create-customer.graphql?raw';
import customer from '../../operations/customer.graphql?raw';
import customers from '../../operations/customers.graphql?raw';
import sendEmail from '../../operations/send-email-verification.graphql?raw';
import startVerification from '../../operations/start-verification.graphql?raw';
import verificationChanged from '../../operations/verification-changed.graphql?raw';
import viewer from '../../operations/viewer.graphql?raw';
import type { Credential } from './credential';

interface Tab {
  readonly query: string;
  readonly variables: string;
  readonly headers: string;
}

export function tabsFor({ key, customerId }: Credential): [Tab, ...Tab[]] {
  const headers = JSON.stringify({ authorization: `Bearer ${key}` }, null, 2);
  const tab = (query: string, variables: object): Tab => {
    return { query, variables: JSON.stringify(variables, null, 2), headers };
  };
  const steps = [
    { channel: 'SMS', to: '+15005550001' },
    { channel: 'EMAIL', to: 'grace@example.com' },
  ];
  return [
    tab(sendEmail, { input: { customerId } }),
    tab(confirmEmail, { input: { customerId, code: '123456' } }),
    tab(customer, { id: customerId }),
    tab(startVerification, { input: { customerId, steps } }),
    tab(createCustomer, { input: { platformCustomerId: 'customer-1', region: 'DE', email: 'grace@example.com' } }),
    tab(customers, { first: 10 }),
    tab(viewer, {}),
    tab(verificationChanged, { id: 'Verification:… (paste an id)' }),
  ];
}
