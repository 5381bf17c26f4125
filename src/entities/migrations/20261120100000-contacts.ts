import { Migration } from '@mikro-orm/migrations';

/** Customers are found by any of their contacts, and an attested contact keeps who said so. */
export class Contacts extends Migration {
  override up(): void {
    this.addSql(
      `create index "contact_point_of_identity_index" on "contact_point" ("workspace_id", "mode", "kind", "identity")`,
    );
    this.addSql(`alter table "contact_point" add column "attested_by" varchar(100) null`);
    this.addSql(
      `alter table "contact_point" add constraint "contact_point_attested_by_check" check ("attested_by" is null or "verified_at" is not null)`,
    );
  }
}
