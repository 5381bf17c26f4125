import { Migration } from '@mikro-orm/migrations';

/** Removing a verification asks whether a session still names it: so does its foreign key, once for each row. */
export class Retention extends Migration {
  override up(): void {
    this.addSql(
      `create index "session_of_verification_index" on "session" ("workspace_id", "mode", "verification_id")`,
    );
  }
}
