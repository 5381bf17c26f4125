import { Migration } from '@mikro-orm/migrations';

/** What was done, by whom. The trigger keeps it append-only even for whoever holds the table. */
export class Audit extends Migration {
  override up(): void {
    this.addSql(
      `create table "audit_event" ("workspace_id" uuid not null, "mode" text not null, "id" uuid not null, "at" timestamptz(3) not null default now(), "actor_kind" varchar(30) not null, "actor_id" varchar(100) not null, "action" varchar(60) not null, "object_type" varchar(30) not null, "object_id" uuid null, "details" jsonb not null default '{}', primary key ("workspace_id", "mode", "id"))`,
    );
    this.addSql(
      `create index "audit_event_of_object_index" on "audit_event" ("workspace_id", "mode", "object_id", "id")`,
    );
    this.addSql(`alter table "audit_event" add constraint "audit_event_mode_check" check ("mode" in ('TEST', 'LIVE'))`);
    this.addSql(
      `alter table "audit_event" add constraint "audit_event_workspace_fk" foreign key ("workspace_id") references "workspace" ("id")`,
    );
    this.addSql(
      `create function "audit_event_is_append_only"() returns trigger language plpgsql as $$ begin raise exception 'audit_event is append-only'; end $$`,
    );
    this.addSql(
      `create trigger "audit_event_append_only" before update or delete on "audit_event" for each row execute function "audit_event_is_append_only"()`,
    );
    this.addSql(
      `create trigger "audit_event_no_truncate" before truncate on "audit_event" for each statement execute function "audit_event_is_append_only"()`,
    );
  }
}
