import { Migration } from '@mikro-orm/migrations';

/** How many of a step's messages are known to be lost: when all are, nobody waits for its code. */
export class LostMessages extends Migration {
  override up(): void {
    this.addSql(`alter table "verification_step" add column "lost" smallint not null default 0`);
  }
}
