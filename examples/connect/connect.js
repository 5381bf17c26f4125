// All that this page knows is where the gateway is and a publishable key: ?gateway=http://127.0.0.1:4000&key=pk_test_…
const parameters = new URLSearchParams(location.search);
const gateway = parameters.get('gateway') ?? 'http://127.0.0.1:4000';
const publishableKey = parameters.get('key') ?? '';

const SEND = 'mutation ($input: SendConnectCodeInput!) { sendConnectCode(input: $input) { sent } }';
const SESSION = `{
  ... on CustomerSession { accessToken refreshToken refreshableUntil }
  ... on Refused { code }
}`;
const CONFIRM = `mutation ($input: ConfirmConnectCodeInput!) { result: confirmConnectCode(input: $input) ${SESSION} }`;
const REFRESH = `mutation ($input: RefreshSessionInput!) { result: refreshSession(input: $input) ${SESSION} }`;
const END = 'mutation ($input: EndSessionInput!) { endSession(input: $input) { ended } }';
const VIEWER = '{ viewer { customer { id email phone contactVerification { email phone } } } }';

const ACCIDENTS = {
  BAD_USER_INPUT: 'That is not a valid email address or code.',
  RATE_LIMITED: 'Too many tries. Please wait a while.',
  UNAUTHENTICATED: 'You are not signed in any more.',
};
const REFUSED = 'This code is not right, or not good any more.';

const $ = (id) => document.getElementById(id);
const say = (text) => {
  $('message').textContent = text;
};

// In memory only: what is stored in a page can be read by every script that ever runs in it.
let session;

async function call(query, variables, credential = publishableKey) {
  const response = await fetch(`${gateway}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${credential}` },
    body: JSON.stringify({ query, variables }),
  }).catch(() => {
    throw new Error('We cannot be reached. Please try again.');
  });
  const { data, errors } = await response.json();
  // `message` is for developers: what a person reads is the page's own.
  if (errors) throw new Error(ACCIDENTS[errors[0].extensions?.code] ?? 'This did not work. Please try again.');
  return data;
}

/** Runs what a button asks for; an error is said, and the page stays usable. */
const on = (id, event, work) =>
  $(id).addEventListener(event, async (raised) => {
    raised.preventDefault();
    say('');
    await work().catch((error) => say(error.message));
  });

function forget(text) {
  session = undefined;
  $('session').hidden = true;
  $('confirm').hidden = true;
  $('ask').hidden = false;
  say(text);
}

async function keep(result) {
  if (!result.accessToken) return false;
  session = result;
  // Before the customer is read: the code is spent, and its form would only refuse it.
  $('ask').hidden = true;
  $('confirm').hidden = true;
  $('session').hidden = false;
  const { viewer } = await call(VIEWER, {}, session.accessToken);
  const { id, email, phone, contactVerification } = viewer.customer;
  $('customer').textContent = id;
  $('email-status').textContent = `${email ?? 'none'} (${contactVerification?.email ?? 'not required'})`;
  $('phone-status').textContent = `${phone ?? 'none'} (${contactVerification?.phone ?? 'not required'})`;
  $('until').textContent = new Date(session.refreshableUntil).toLocaleTimeString();
  return true;
}

on('ask', 'submit', async () => {
  const { sendConnectCode } = await call(SEND, { input: { email: $('email').value } });
  $('confirm').hidden = !sendConnectCode.sent;
  if (sendConnectCode.sent) $('code').focus();
  else say('We cannot send a code for this email.');
});

on('confirm', 'submit', async () => {
  const input = { email: $('email').value, code: $('code').value };
  const { result } = await call(CONFIRM, { input });
  $('code').value = '';
  if (!(await keep(result))) say(REFUSED);
});

on('refresh', 'click', async () => {
  const { result } = await call(REFRESH, { input: { refreshToken: session.refreshToken } });
  if (await keep(result)) say('Refreshed.');
  else forget('Your session has ended.');
});

on('end', 'click', async () => {
  await call(END, { input: { refreshToken: session.refreshToken } });
  forget('Signed out.');
});
