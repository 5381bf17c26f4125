import { Migration } from '@mikro-orm/migrations';

/** One saved method for a customer's instrument, and what each merchant's processor calls it, sealed. */
export class SavedMethods extends Migration {
  override up(): void {
    this.addSql(
      `create table "saved_method" ("workspace_id" uuid not null, "mode" text not null, "id" uuid not null, "customer_id" uuid not null, "fingerprint" bytea not null, "type" text not null, "brand" varchar(50) null, "card_type" text null, "last4" char(4) null, "expiry_month" smallint null, "expiry_year" smallint null, "holder_name" varchar(100) null, "issuer_country" char(2) null, "bank_name" varchar(100) null, "currency" char(3) null, "archived_at" timestamptz(3) null, "created_at" timestamptz(3) not null default now(), "updated_at" timestamptz(3) not null default now(), primary key ("workspace_id", "mode", "id"))`,
    );
    this.addSql(
      `create index "saved_method_of_customer_index" on "saved_method" ("workspace_id", "mode", "customer_id", "id")`,
    );
    this.addSql(
      `alter table "saved_method" add constraint "saved_method_fingerprint_unique" unique ("workspace_id", "mode", "customer_id", "fingerprint")`,
    );
    this.addSql(
      `alter table "saved_method" add constraint "saved_method_fingerprint_check" check (octet_length("fingerprint") = 32)`,
    );
    this.addSql(`alter table "saved_method" add constraint "saved_method_last4_check" check ("last4" ~ '^[0-9]{4}$')`);
    this.addSql(
      `alter table "saved_method" add constraint "saved_method_expiry_month_check" check ("expiry_month" >= 1 and "expiry_month" <= 12)`,
    );
    this.addSql(
      `alter table "saved_method" add constraint "saved_method_expiry_year_check" check ("expiry_year" >= 2000 and "expiry_year" <= 2100)`,
    );
    this.addSql(
      `alter table "saved_method" add constraint "saved_method_mode_check" check ("mode" in ('TEST', 'LIVE'))`,
    );
    this.addSql(
      `alter table "saved_method" add constraint "saved_method_type_check" check ("type" in ('CARD', 'BANK_ACCOUNT', 'APPLE_PAY', 'GOOGLE_PAY', 'TOKEN'))`,
    );
    this.addSql(
      `alter table "saved_method" add constraint "saved_method_card_type_check" check ("card_type" in ('CREDIT', 'DEBIT', 'PREPAID', 'HSA_FSA', 'UNKNOWN'))`,
    );
    this.addSql(
      `alter table "saved_method" add constraint "saved_method_customer_fk" foreign key ("workspace_id", "mode", "customer_id") references "customer" ("workspace_id", "mode", "id")`,
    );
    this.addSql(
      `create table "saved_method_instrument" ("workspace_id" uuid not null, "mode" text not null, "method_id" uuid not null, "merchant_id" varchar(100) not null, "key_id" char(8) not null, "sealed" bytea not null, "created_at" timestamptz(3) not null default now(), "updated_at" timestamptz(3) not null default now(), primary key ("workspace_id", "mode", "method_id", "merchant_id"))`,
    );
    this.addSql(`create index "saved_method_instrument_key_index" on "saved_method_instrument" ("key_id")`);
    this.addSql(
      `alter table "saved_method_instrument" add constraint "saved_method_instrument_mode_check" check ("mode" in ('TEST', 'LIVE'))`,
    );
    this.addSql(
      `alter table "saved_method_instrument" add constraint "saved_method_instrument_method_fk" foreign key ("workspace_id", "mode", "method_id") references "saved_method" ("workspace_id", "mode", "id") on delete cascade`,
    );
  }
}
