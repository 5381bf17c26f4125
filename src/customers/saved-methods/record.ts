/** Saved methods as callers see them: what may be shown, and nothing that charges. */
import { type Timestamp, toDate, toDateOrNull } from '../../entities/database.js';
import type { CardType, SavedMethodType } from '../../entities/saved-method.js';

/** What a caller may say of a method. */
export interface DisplayDetails {
  readonly brand: string | null;
  readonly cardType: CardType | null;
  readonly last4: string | null;
  readonly expiryMonth: number | null;
  readonly expiryYear: number | null;
  readonly holderName: string | null;
  readonly issuerCountry: string | null;
  readonly bankName: string | null;
  readonly currency: string | null;
}

export interface SavedMethodRecord extends DisplayDetails {
  readonly id: string;
  readonly type: SavedMethodType;
  readonly createdAt: Date;
  readonly archivedAt: Date | null;
}

export interface SavedMethodRow extends DisplayDetails {
  id: string;
  type: SavedMethodType;
  created_at: Timestamp;
  archived_at: Timestamp | null;
}

/** The columns of a SavedMethodRow, of a table called `m`. */
export const SAVED_METHOD_COLUMNS = `m.id, m.type, m.brand, m.card_type as "cardType", m.last4,
  m.expiry_month as "expiryMonth", m.expiry_year as "expiryYear", m.holder_name as "holderName",
  m.issuer_country as "issuerCountry", m.bank_name as "bankName", m.currency, m.created_at, m.archived_at`;

export function toSavedMethod({ created_at, archived_at, ...shown }: SavedMethodRow): SavedMethodRecord {
  return { ...shown, createdAt: toDate(created_at), archivedAt: toDateOrNull(archived_at) };
}
