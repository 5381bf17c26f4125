import { Migration } from '@mikro-orm/migrations';

/** Verifications by link, which have no code. */
export class EmailLink extends Migration {
  override up(): void {
    this.addSql(
      `create table "verification_link" ("workspace_id" uuid not null, "mode" text not null, "verification_id" uuid not null, "redirect_uri" varchar(2048) not null, "update_primary" boolean not null, primary key ("workspace_id", "mode", "verification_id"))`,
    );
    this.addSql(
      `alter table "verification_link" add constraint "verification_link_mode_check" check ("mode" in ('TEST', 'LIVE'))`,
    );
    this.addSql(
      `alter table "verification_link" add constraint "verification_link_verification_fk" foreign key ("workspace_id", "mode", "verification_id") references "verification" ("workspace_id", "mode", "id")`,
    );
    this.addSql(`alter table "verification" drop constraint "verification_code_length_check"`);
    this.addSql(
      `alter table "verification" add constraint "verification_code_length_check" check (case "kind" when 'LINK' then "code_length" = 0 else "code_length" >= 4 and "code_length" <= 12 end)`,
    );
  }
}
