import { Migration } from '@mikro-orm/migrations';

/** Events, where they are told, what became of each there, and when to look for ends that nobody reports. */
export class Events extends Migration {
  override up(): void {
    this.addSql(
      `create table "webhook_endpoint" ("workspace_id" uuid not null, "mode" text not null, "id" uuid not null, "url" varchar(2048) null, "event_types" text[] not null default '{}', "include_contacts" boolean not null default false, "status" text not null default 'ENABLED', "disabled_reason" text null, "key_id" char(8) not null, "sealed" bytea not null, "previous_key_id" char(8) null, "previous_sealed" bytea null, "previous_until" timestamptz(3) null, "created_at" timestamptz(3) not null default now(), "updated_at" timestamptz(3) not null default now(), primary key ("workspace_id", "mode", "id"))`,
    );
    this.addSql(
      `alter table "webhook_endpoint" add constraint "webhook_endpoint_reason_check" check (("status" = 'DISABLED') = ("disabled_reason" is not null))`,
    );
    this.addSql(
      `alter table "webhook_endpoint" add constraint "webhook_endpoint_previous_check" check (("previous_sealed" is null) = ("previous_key_id" is null) and ("previous_sealed" is null) = ("previous_until" is null))`,
    );
    this.addSql(
      `alter table "webhook_endpoint" add constraint "webhook_endpoint_mode_check" check ("mode" in ('TEST', 'LIVE'))`,
    );
    this.addSql(
      `alter table "webhook_endpoint" add constraint "webhook_endpoint_status_check" check ("status" in ('ENABLED', 'DISABLED'))`,
    );
    this.addSql(
      `alter table "webhook_endpoint" add constraint "webhook_endpoint_disabled_reason_check" check ("disabled_reason" in ('REQUESTED', 'GONE'))`,
    );
    this.addSql(
      `alter table "webhook_endpoint" add constraint "webhook_endpoint_workspace_fk" foreign key ("workspace_id") references "workspace" ("id")`,
    );
    this.addSql(
      `create table "event" ("workspace_id" uuid not null, "mode" text not null, "id" uuid not null, "type" text not null, "object_type" varchar(30) not null, "object_id" uuid not null, "once" varchar(40) null, "data" jsonb not null, "verification_id" uuid null, "step_index" smallint null, "contact_point_id" uuid null, "created_at" timestamptz(3) not null default clock_timestamp(), primary key ("workspace_id", "mode", "id"))`,
    );
    this.addSql(
      `alter table "event" add constraint "event_once_unique" unique ("workspace_id", "mode", "object_id", "once")`,
    );
    this.addSql(`alter table "event" add constraint "event_mode_check" check ("mode" in ('TEST', 'LIVE'))`);
    this.addSql(
      `alter table "event" add constraint "event_type_check" check ("type" in ('verification.sent', 'verification.delivered', 'verification.undelivered', 'verification.verified', 'verification.failed', 'verification.expired', 'contact_verification.changed', 'session.reuse_detected', 'contact.blocked'))`,
    );
    this.addSql(
      `create table "event_delivery" ("workspace_id" uuid not null, "mode" text not null, "endpoint_id" uuid not null, "event_id" uuid not null, "object_id" uuid not null, "status" text not null default 'PENDING', "attempts" smallint not null default 0, "next_attempt_at" timestamptz(3) not null default now(), "leased_until" timestamptz(3) null, "give_up_at" timestamptz(3) not null, "last_status_code" smallint null, "last_failure" varchar(100) null, "delivered_at" timestamptz(3) null, primary key ("workspace_id", "mode", "endpoint_id", "event_id"))`,
    );
    this.addSql(
      `create index "event_delivery_of_event_index" on "event_delivery" ("workspace_id", "mode", "event_id")`,
    );
    this.addSql(
      `create index "event_delivery_due_index" on "event_delivery" ("workspace_id", "mode", "endpoint_id", "next_attempt_at") where "status" = 'PENDING'`,
    );
    this.addSql(
      `create index "event_delivery_order_index" on "event_delivery" ("workspace_id", "mode", "endpoint_id", "object_id", "event_id") where "status" = 'PENDING'`,
    );
    this.addSql(
      `alter table "event_delivery" add constraint "event_delivery_delivered_check" check (("status" = 'DELIVERED') = ("delivered_at" is not null))`,
    );
    this.addSql(
      `alter table "event_delivery" add constraint "event_delivery_mode_check" check ("mode" in ('TEST', 'LIVE'))`,
    );
    this.addSql(
      `alter table "event_delivery" add constraint "event_delivery_status_check" check ("status" in ('PENDING', 'DELIVERED', 'GIVEN_UP'))`,
    );
    this.addSql(
      `alter table "event_delivery" add constraint "event_delivery_event_fk" foreign key ("workspace_id", "mode", "event_id") references "event" ("workspace_id", "mode", "id") on delete cascade`,
    );
    this.addSql(
      `create table "verification_deadline" ("workspace_id" uuid not null, "mode" text not null, "verification_id" uuid not null, "due_at" timestamptz(3) not null, primary key ("workspace_id", "mode", "verification_id"))`,
    );
    this.addSql(`create index "verification_deadline_due_at_index" on "verification_deadline" ("due_at")`);
    this.addSql(
      `alter table "verification_deadline" add constraint "verification_deadline_mode_check" check ("mode" in ('TEST', 'LIVE'))`,
    );
  }
}
