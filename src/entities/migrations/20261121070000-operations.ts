import { Migration } from '@mikro-orm/migrations';

/** The operations that each workspace has published. */
export class Operations extends Migration {
  override up(): void {
    this.addSql(
      `create table "operation" ("workspace_id" uuid not null, "sha256" varchar(64) not null, "name" varchar(100) null, "body" text not null, "published_at" timestamptz(3) not null default now(), "runs" bigint not null default 0, "last_used_on" date null, primary key ("workspace_id", "sha256"))`,
    );
    // The id is the hash of the body, whoever writes the row.
    this.addSql(
      `alter table "operation" add constraint "operation_sha256_check" check ("sha256" = encode(sha256(convert_to("body", 'UTF8')), 'hex'))`,
    );
    this.addSql(`alter table "operation" add constraint "operation_runs_check" check ("runs" >= 0)`);
    this.addSql(
      `alter table "operation" add constraint "operation_workspace_fk" foreign key ("workspace_id") references "workspace" ("id")`,
    );
  }
}
