import { Migration } from '@mikro-orm/migrations';

/** Sessions with their refresh tokens, and the requests for connect codes that start them. */
export class Sessions extends Migration {
  override up(): void {
    this.addSql(
      `create table "session" ("workspace_id" uuid not null, "mode" text not null, "id" uuid not null, "customer_id" uuid not null, "key_id" uuid not null, "verification_id" uuid not null, "embed_session_id" varchar(200) null, "proved_at" timestamptz(3) not null default now(), "refreshable_until" timestamptz(3) not null, "ended_at" timestamptz(3) null, "end_reason" text null, primary key ("workspace_id", "mode", "id"))`,
    );
    this.addSql(`create index "session_of_customer_index" on "session" ("workspace_id", "mode", "customer_id")`);
    this.addSql(`create index "session_refreshable_until_index" on "session" ("refreshable_until")`);
    this.addSql(
      `alter table "session" add constraint "session_end_check" check (("ended_at" is null) = ("end_reason" is null))`,
    );
    this.addSql(`alter table "session" add constraint "session_mode_check" check ("mode" in ('TEST', 'LIVE'))`);
    this.addSql(
      `alter table "session" add constraint "session_end_reason_check" check ("end_reason" in ('ENDED', 'REUSE'))`,
    );
    this.addSql(
      `create table "refresh_token" ("workspace_id" uuid not null, "mode" text not null, "hash" bytea not null, "session_id" uuid not null, "spent_at" timestamptz(3) null, "created_at" timestamptz(3) not null default now(), primary key ("workspace_id", "mode", "hash"))`,
    );
    this.addSql(
      `create index "refresh_token_of_session_index" on "refresh_token" ("workspace_id", "mode", "session_id")`,
    );
    this.addSql(
      `alter table "refresh_token" add constraint "refresh_token_mode_check" check ("mode" in ('TEST', 'LIVE'))`,
    );
    this.addSql(
      `create table "connect_attempt" ("workspace_id" uuid not null, "mode" text not null, "id" uuid not null, "email_key" bytea not null, "verification_id" uuid null, "guesses" smallint not null default 0, "expires_at" timestamptz(3) not null, primary key ("workspace_id", "mode", "id"))`,
    );
    this.addSql(
      `create index "connect_attempt_of_email_index" on "connect_attempt" ("workspace_id", "mode", "email_key", "id")`,
    );
    this.addSql(`create index "connect_attempt_expires_at_index" on "connect_attempt" ("expires_at")`);
    this.addSql(`alter table "connect_attempt" add constraint "connect_attempt_guesses_check" check ("guesses" >= 0)`);
    this.addSql(
      `alter table "connect_attempt" add constraint "connect_attempt_mode_check" check ("mode" in ('TEST', 'LIVE'))`,
    );
    this.addSql(
      `alter table "session" add constraint "session_customer_fk" foreign key ("workspace_id", "mode", "customer_id") references "customer" ("workspace_id", "mode", "id")`,
    );
    this.addSql(
      `alter table "session" add constraint "session_key_fk" foreign key ("workspace_id", "mode", "key_id") references "api_key" ("workspace_id", "mode", "id")`,
    );
    this.addSql(
      `alter table "session" add constraint "session_verification_fk" foreign key ("workspace_id", "mode", "verification_id") references "verification" ("workspace_id", "mode", "id")`,
    );
    this.addSql(
      `alter table "refresh_token" add constraint "refresh_token_session_fk" foreign key ("workspace_id", "mode", "session_id") references "session" ("workspace_id", "mode", "id") on delete cascade`,
    );
    this.addSql(
      `alter table "connect_attempt" add constraint "connect_attempt_workspace_fk" foreign key ("workspace_id") references "workspace" ("id")`,
    );
  }
}
