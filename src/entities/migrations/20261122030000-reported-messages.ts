import { Migration } from '@mikro-orm/migrations';

/**
 * Which of a step's messages a vendor has reported about: one that is lost counts once, also where the step was sent again
 * since. The version before goes on counting in `lost` alone.
 */
export class ReportedMessages extends Migration {
  override up(): void {
    this.addSql(`alter table "verification_step" add column "reported" smallint[] not null default '{}'`);
  }
}
