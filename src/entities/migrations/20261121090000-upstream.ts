import { Migration } from '@mikro-orm/migrations';

/** Vendors that hold the code: attempts given back when one cannot be asked, and tokens lent to those that want them. */
export class Upstream extends Migration {
  override up(): void {
    this.addSql(`alter table "verification" add column "given_back" smallint not null default 0`);
    this.addSql(
      `alter table "verification" add constraint "verification_given_back_check" check ("given_back" >= 0 and "given_back" <= 5)`,
    );
    this.addSql(
      `create table "upstream_grant" ("workspace_id" uuid not null, "mode" text not null, "verification_id" uuid not null, "key_id" char(8) not null, "sealed" bytea not null, "expires_at" timestamptz(3) not null, primary key ("workspace_id", "mode", "verification_id"))`,
    );
    this.addSql(`create index "upstream_grant_expires_at_index" on "upstream_grant" ("expires_at")`);
    this.addSql(
      `alter table "upstream_grant" add constraint "upstream_grant_mode_check" check ("mode" in ('TEST', 'LIVE'))`,
    );
    this.addSql(
      `alter table "upstream_grant" add constraint "upstream_grant_verification_fk" foreign key ("workspace_id", "mode", "verification_id") references "verification" ("workspace_id", "mode", "id")`,
    );
  }
}
