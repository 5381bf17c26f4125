import { Migration } from '@mikro-orm/migrations';

/** A key can be bound to addresses, and a key that was rotated points at the one that took its place. */
export class ApiKeys extends Migration {
  override up(): void {
    this.addSql(`alter table "api_key" add column "allowed_ips" text[] null`);
    this.addSql(`alter table "api_key" add column "rotated_to" uuid null`);
    this.addSql(
      `alter table "api_key" add constraint "api_key_allowed_ips_check" check (cardinality("allowed_ips") >= 1 and cardinality("allowed_ips") <= 100)`,
    );
    this.addSql(
      `alter table "api_key" add constraint "api_key_rotated_to_fk" foreign key ("workspace_id", "mode", "rotated_to") references "api_key" ("workspace_id", "mode", "id")`,
    );
  }
}
