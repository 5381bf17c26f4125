import { Migration } from '@mikro-orm/migrations';

/** A step keeps the vendor's id of its message: reports of some vendors name nothing else. */
export class ProviderRefs extends Migration {
  override up(): void {
    this.addSql(`alter table "verification_step" add column "provider_ref" varchar(100) null`);
    this.addSql(
      `create index "verification_step_provider_ref_index" on "verification_step" ("provider", "provider_ref") where "provider_ref" is not null`,
    );
  }
}
