import { Migration } from '@mikro-orm/migrations';

/** Tables as the entities generate them; the foreign keys are written by hand, because entities refer by id only. */
export class Initial extends Migration {
  override up(): void {
    this.addSql(
      `create table "api_key" ("workspace_id" uuid not null, "mode" text not null, "id" uuid not null, "lookup" varchar(12) not null, "secret_hash" bytea not null, "name" varchar(100) not null, "kind" text not null, "scopes" text[] not null, "persisted_only" boolean not null default false, "merchant_id" varchar(100) null, "last_used_at" timestamptz(3) null, "expires_at" timestamptz(3) null, "revoked_at" timestamptz(3) null, "created_at" timestamptz(3) not null default now(), "updated_at" timestamptz(3) not null default now(), primary key ("workspace_id", "mode", "id"))`,
    );
    this.addSql(`alter table "api_key" add constraint "api_key_lookup_unique" unique ("lookup")`);
    this.addSql(`alter table "api_key" add constraint "api_key_mode_check" check ("mode" in ('TEST', 'LIVE'))`);
    this.addSql(
      `alter table "api_key" add constraint "api_key_kind_check" check ("kind" in ('PUBLISHABLE', 'SECRET'))`,
    );
    this.addSql(
      `create table "contact_point" ("workspace_id" uuid not null, "mode" text not null, "id" uuid not null, "customer_id" uuid not null, "kind" text not null, "value" varchar(254) not null, "identity" varchar(254) not null, "verified_at" timestamptz(3) null, "verified_by" text null, "created_at" timestamptz(3) not null default now(), primary key ("workspace_id", "mode", "id"))`,
    );
    this.addSql(
      `create unique index "contact_point_verified_owner_unique" on "contact_point" ("workspace_id", "mode", "kind", "identity") where "verified_at" is not null`,
    );
    this.addSql(
      `alter table "contact_point" add constraint "contact_point_of_customer_unique" unique ("workspace_id", "mode", "customer_id", "kind", "identity")`,
    );
    this.addSql(
      `alter table "contact_point" add constraint "contact_point_evidence_check" check (("verified_at" is null) = ("verified_by" is null))`,
    );
    this.addSql(
      `alter table "contact_point" add constraint "contact_point_mode_check" check ("mode" in ('TEST', 'LIVE'))`,
    );
    this.addSql(
      `alter table "contact_point" add constraint "contact_point_kind_check" check ("kind" in ('EMAIL', 'PHONE'))`,
    );
    this.addSql(
      `alter table "contact_point" add constraint "contact_point_verified_by_check" check ("verified_by" in ('EMAIL_CODE', 'EMAIL_LINK', 'SMS_CODE', 'WHATSAPP_CODE', 'VOICE_CODE', 'CONNECT_POLICY', 'ATTESTED'))`,
    );
    this.addSql(
      `create table "customer" ("workspace_id" uuid not null, "mode" text not null, "id" uuid not null, "platform_customer_id" varchar(255) not null, "customer_type" text not null default 'INDIVIDUAL', "uma_address" varchar(255) not null, "region" char(2) null, "currencies" text[] not null default '{}', "locale" varchar(35) null, "primary_email_id" uuid null, "primary_phone_id" uuid null, "deleted_at" timestamptz(3) null, "created_at" timestamptz(3) not null default now(), "updated_at" timestamptz(3) not null default now(), primary key ("workspace_id", "mode", "id"))`,
    );
    this.addSql(
      `alter table "customer" add constraint "customer_platform_id_unique" unique ("workspace_id", "mode", "platform_customer_id")`,
    );
    this.addSql(
      `alter table "customer" add constraint "customer_uma_address_unique" unique ("workspace_id", "mode", "uma_address")`,
    );
    this.addSql(`alter table "customer" add constraint "customer_mode_check" check ("mode" in ('TEST', 'LIVE'))`);
    this.addSql(
      `alter table "customer" add constraint "customer_customer_type_check" check ("customer_type" in ('INDIVIDUAL', 'BUSINESS'))`,
    );
    this.addSql(
      `create table "rate_limit_window" ("workspace_id" uuid not null, "key" bytea not null, "hits" bigint not null, "expires_at" timestamptz(3) not null, primary key ("workspace_id", "key"))`,
    );
    this.addSql(`create index "rate_limit_window_expires_at_index" on "rate_limit_window" ("expires_at")`);
    this.addSql(`alter table "rate_limit_window" add constraint "rate_limit_window_hits_check" check ("hits" > 0)`);
    this.addSql(
      `create table "verification" ("workspace_id" uuid not null, "mode" text not null, "id" uuid not null, "customer_id" uuid not null, "kind" text not null default 'CODE', "contact_kind" text not null, "status" text not null default 'PENDING', "locale" varchar(35) not null, "code_length" smallint not null, "timeout_seconds" smallint not null, "max_attempts" smallint not null, "failed_attempts" smallint not null default 0, "current_step_index" smallint not null default 0, "resends" smallint not null default 0, "code_key_id" char(8) not null, "expires_at" timestamptz(3) not null, "resend_available_at" timestamptz(3) not null, "verified_at" timestamptz(3) null, "created_at" timestamptz(3) not null default now(), "updated_at" timestamptz(3) not null default now(), primary key ("workspace_id", "mode", "id"))`,
    );
    this.addSql(
      `create index "verification_of_customer_index" on "verification" ("workspace_id", "mode", "customer_id", "contact_kind", "id")`,
    );
    this.addSql(
      `alter table "verification" add constraint "verification_code_length_check" check ("code_length" >= 4 and "code_length" <= 12)`,
    );
    this.addSql(
      `alter table "verification" add constraint "verification_timeout_check" check ("timeout_seconds" >= 30 and "timeout_seconds" <= 3600)`,
    );
    this.addSql(
      `alter table "verification" add constraint "verification_max_attempts_check" check ("max_attempts" >= 1 and "max_attempts" <= 10)`,
    );
    this.addSql(
      `alter table "verification" add constraint "verification_attempts_check" check ("failed_attempts" >= 0 and "failed_attempts" <= "max_attempts")`,
    );
    this.addSql(
      `alter table "verification" add constraint "verification_verified_check" check (("status" = 'VERIFIED') = ("verified_at" is not null))`,
    );
    this.addSql(
      `alter table "verification" add constraint "verification_mode_check" check ("mode" in ('TEST', 'LIVE'))`,
    );
    this.addSql(
      `alter table "verification" add constraint "verification_kind_check" check ("kind" in ('CODE', 'LINK'))`,
    );
    this.addSql(
      `alter table "verification" add constraint "verification_contact_kind_check" check ("contact_kind" in ('EMAIL', 'PHONE'))`,
    );
    this.addSql(
      `alter table "verification" add constraint "verification_status_check" check ("status" in ('PENDING', 'VERIFIED', 'FAILED', 'EXPIRED', 'CANCELED'))`,
    );
    this.addSql(
      `create table "verification_step" ("workspace_id" uuid not null, "mode" text not null, "verification_id" uuid not null, "index" smallint not null, "channel" text not null, "recipient" varchar(254) not null, "identity" varchar(254) not null, "provider" varchar(50) not null, "template" varchar(100) null, "content" jsonb null, "status" text not null default 'PENDING', "sends" smallint not null default 0, "failure_reason" varchar(200) null, "sent_at" timestamptz(3) null, "delivered_at" timestamptz(3) null, primary key ("workspace_id", "mode", "verification_id", "index"))`,
    );
    this.addSql(
      `alter table "verification_step" add constraint "verification_step_index_check" check ("index" >= 0 and "index" <= 9)`,
    );
    this.addSql(`alter table "verification_step" add constraint "verification_step_sends_check" check ("sends" >= 0)`);
    this.addSql(
      `alter table "verification_step" add constraint "verification_step_mode_check" check ("mode" in ('TEST', 'LIVE'))`,
    );
    this.addSql(
      `alter table "verification_step" add constraint "verification_step_channel_check" check ("channel" in ('EMAIL', 'SMS', 'WHATSAPP', 'VOICE'))`,
    );
    this.addSql(
      `alter table "verification_step" add constraint "verification_step_status_check" check ("status" in ('PENDING', 'QUEUED', 'SENT', 'DELIVERED', 'FAILED', 'SKIPPED'))`,
    );
    this.addSql(
      `create table "workspace" ("id" uuid not null, "name" varchar(100) not null, "app_name" varchar(50) not null, "default_locale" varchar(35) not null default 'en-US', "redirect_uris" text[] not null default '{}', "eligible_countries" text[] not null default '{}', "contact_verification_policy" jsonb not null default '[]', "connect_stamps_email" boolean not null default false, "connect_reply" text not null default 'EXACT', "access_token_claims" jsonb not null default '{}', "autofill_domain" varchar(253) null, "token_issuers" jsonb not null default '[]', "created_at" timestamptz(3) not null default now(), "updated_at" timestamptz(3) not null default now(), primary key ("id"))`,
    );
    this.addSql(
      `alter table "workspace" add constraint "workspace_connect_reply_check" check ("connect_reply" in ('EXACT', 'UNIFORM'))`,
    );
    this.addSql(
      `alter table "api_key" add constraint "api_key_workspace_fk" foreign key ("workspace_id") references "workspace" ("id")`,
    );
    this.addSql(
      `alter table "customer" add constraint "customer_workspace_fk" foreign key ("workspace_id") references "workspace" ("id")`,
    );
    this.addSql(
      `alter table "contact_point" add constraint "contact_point_customer_fk" foreign key ("workspace_id", "mode", "customer_id") references "customer" ("workspace_id", "mode", "id")`,
    );
    this.addSql(
      `alter table "customer" add constraint "customer_primary_email_fk" foreign key ("workspace_id", "mode", "primary_email_id") references "contact_point" ("workspace_id", "mode", "id")`,
    );
    this.addSql(
      `alter table "customer" add constraint "customer_primary_phone_fk" foreign key ("workspace_id", "mode", "primary_phone_id") references "contact_point" ("workspace_id", "mode", "id")`,
    );
    this.addSql(
      `alter table "verification" add constraint "verification_customer_fk" foreign key ("workspace_id", "mode", "customer_id") references "customer" ("workspace_id", "mode", "id")`,
    );
    this.addSql(
      `alter table "verification_step" add constraint "verification_step_verification_fk" foreign key ("workspace_id", "mode", "verification_id") references "verification" ("workspace_id", "mode", "id")`,
    );
    this.addSql(`alter table "verification" add constraint "verification_resends_check" check ("resends" >= 0)`);
    this.addSql(
      `create table "idempotency_key" ("workspace_id" uuid not null, "mode" text not null, "key" bytea not null, "input_hash" bytea not null, "verification_id" uuid not null, "expires_at" timestamptz(3) not null, primary key ("workspace_id", "mode", "key"))`,
    );
    this.addSql(`create index "idempotency_key_expires_at_index" on "idempotency_key" ("expires_at")`);
    this.addSql(
      `alter table "idempotency_key" add constraint "idempotency_key_mode_check" check ("mode" in ('TEST', 'LIVE'))`,
    );
  }
}
