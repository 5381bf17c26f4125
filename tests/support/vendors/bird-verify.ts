/** Bird's Verify API of workspaces. */
import { BIRD } from './bird.js';
import { type CodeBook, createCodeBook, type SentCode } from './code-book.js';
import { json, startVendor, type Vendor, type VendorAnswer, type VendorRequest } from './vendor.js';

export const BIRD_VERIFY = {
  smsChannelId: '0f0f0f0f-0000-4000-8000-000000000003',
  emailChannelId: '0f0f0f0f-0000-4000-8000-000000000004',
  whatsappChannelId: '0f0f0f0f-0000-4000-8000-000000000005',
};

/** WhatsApp is sent by templates only. */
export const BIRD_TEMPLATE = {
  projectId: '0f0f0f0f-0000-4000-8000-000000000006',
  version: '0f0f0f0f-0000-4000-8000-000000000007',
};

interface Creation {
  identifier?: { phonenumber?: string; emailaddress?: string };
  locale?: string;
  maxAttempts?: number;
  timeout?: number;
  codeLength?: number;
  steps?: { channelId?: string; template?: { projectId?: string; version?: string; locale?: string } }[];
}

export interface FakeBirdVerify extends Vendor {
  readonly book: CodeBook;
  readonly created: readonly Creation[];
}

const error = (status: number, code: string, headers = {}): VendorAnswer =>
  json(status, { code, message: 'The request did not pass validation' }, headers);
const within = (value: number, min: number, max: number) => Number.isInteger(value) && value >= min && value <= max;

export async function startBirdVerify(): Promise<FakeBirdVerify> {
  const book = createCodeBook();
  const created: Creation[] = [];
  const root = `/workspaces/${BIRD.workspaceId}/verify`;
  const shown = ({ id, to, failed, maxAttempts, state }: SentCode) => {
    const isSpent = failed >= maxAttempts;
    const status = { PENDING: 'accepted', APPROVED: 'verified', EXPIRED: 'expired', CANCELED: 'canceled' }[state];
    return {
      id,
      identifier: to.includes('@') ? { emailaddress: to } : { phonenumber: to },
      maxAttempts,
      failedAttempts: failed,
      status: isSpent ? 'failed' : status,
      currentStepIndex: 0,
    };
  };

  function create(creation: Creation): VendorAnswer {
    const { identifier = {}, codeLength = 6, maxAttempts = 3, timeout = 600, steps = [] } = creation;
    const to = identifier.phonenumber ?? identifier.emailaddress;
    const fits = within(codeLength, 6, 12) && within(maxAttempts, 1, 10) && within(timeout, 30, 3600);
    const isKnown = ({ channelId = '', template }: (typeof steps)[number]) =>
      Object.values(BIRD_VERIFY).includes(channelId) &&
      (channelId !== BIRD_VERIFY.whatsappChannelId || template?.projectId === BIRD_TEMPLATE.projectId);
    if (!to || !fits || steps.length === 0 || !steps.every(isKnown)) return error(422, 'InvalidPayload');
    created.push(creation);
    return json(202, shown(book.make(to, { length: codeLength, maxAttempts })));
  }

  function check(entry: SentCode, code: string): VendorAnswer {
    if (entry.state !== 'PENDING' || book.guess(entry, code) !== 'RIGHT') return json(422, shown(entry));
    return json(200, shown(entry));
  }

  function answer({ method, path, headers, body }: VendorRequest): VendorAnswer {
    if (headers.authorization !== `AccessKey ${BIRD.accessKey}`) return error(401, 'Unauthorized');
    if (method === 'GET' && path === root) return json(200, { results: book.sent.map(shown) });
    const said = method === 'POST' ? (JSON.parse(body.toString('utf8')) as Creation & { code?: string }) : {};
    if (method === 'POST' && path === root) return create(said);
    const [id, operation] = path.slice(root.length + 1).split('/');
    const entry = book.find({ id });
    if (!path.startsWith(`${root}/`) || !entry) return error(404, 'NotFound');
    if (method === 'GET') return json(200, shown(entry));
    if (operation === undefined) return check(entry, said.code ?? '');
    if (operation !== 'resend' || entry.state !== 'PENDING') return error(409, 'Conflict');
    entry.sends += 1;
    return json(202, shown(entry));
  }

  const vendor = await startVendor({
    answer,
    refusal: error(422, 'InvalidReceiver'),
    throttled: error(429, 'TooManyRequests', { 'retry-after': '7' }),
  });
  return Object.assign(vendor, { book, created });
}
