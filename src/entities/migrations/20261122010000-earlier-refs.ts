import { Migration } from '@mikro-orm/migrations';

/** What a vendor sent for a step before it sent another code: a guess at that one is asked about too. */
export class EarlierRefs extends Migration {
  override up(): void {
    this.addSql(`alter table "verification_step" add column "earlier_refs" text[] not null default '{}'`);
  }
}
