import { Migration } from '@mikro-orm/migrations';

/** The inbox shows what test mode sent since it was cleared. */
export class Inbox extends Migration {
  override up(): void {
    this.addSql(`alter table "workspace" add column "inbox_cleared_at" timestamptz(3) null`);
  }
}
