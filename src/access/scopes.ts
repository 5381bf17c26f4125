/** The whole vocabulary of scopes. Resources of other services are carried and shown, so that they can honor them. */
const RESOURCES = [
  'verifications',
  'customers',
  'sessions',
  'saved_methods',
  'keys',
  'operations',
  'workspace',
  'payment_instruments',
  'orders',
  'products',
  'product_prices',
  'payment_links',
] as const;

type Resource = (typeof RESOURCES)[number];
export type Scope = `${Resource}:read` | `${Resource}:write` | 'saved_methods:materialize' | 'self:read' | 'self:write';

/** What a secret key holds unless it is narrowed: everything but the customer's own `self`. */
export const SECRET_KEY_SCOPES: readonly Scope[] = [
  ...RESOURCES.flatMap((resource): Scope[] => [`${resource}:read`, `${resource}:write`]),
  'saved_methods:materialize',
];

/** What a publishable key holds at most: it stands in a browser, where everybody can read it. */
export const PUBLISHABLE_KEY_SCOPES: readonly Scope[] = [
  'sessions:write',
  'payment_instruments:write',
  'customers:write',
  'orders:write',
  'products:read',
  'product_prices:read',
  'payment_links:read',
];

/** What a customer holds by a session or a user token: all that they may touch is themselves. */
export const CUSTOMER_SCOPES: readonly Scope[] = ['self:read', 'self:write'];

const KNOWN = new Set<string>([...SECRET_KEY_SCOPES, ...CUSTOMER_SCOPES]);

export function isScope(text: string): text is Scope {
  return KNOWN.has(text);
}
