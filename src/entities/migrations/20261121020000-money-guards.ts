import { Migration } from '@mikro-orm/migrations';

/** Wrong guesses in a row are counted for contacts, and hits of a limit can be taken back. */
export class MoneyGuards extends Migration {
  override up(): void {
    this.addSql(
      `create table "guess_streak" ("workspace_id" uuid not null, "mode" text not null, "identity" varchar(254) not null, "wrong_guesses" smallint not null, primary key ("workspace_id", "mode", "identity"))`,
    );
    this.addSql(
      `alter table "guess_streak" add constraint "guess_streak_wrong_guesses_check" check ("wrong_guesses" >= 1 and "wrong_guesses" <= 100)`,
    );
    this.addSql(
      `alter table "guess_streak" add constraint "guess_streak_mode_check" check ("mode" in ('TEST', 'LIVE'))`,
    );
    this.addSql(`alter table "rate_limit_window" drop constraint "rate_limit_window_hits_check"`);
    this.addSql(`alter table "rate_limit_window" add constraint "rate_limit_window_hits_check" check ("hits" >= 0)`);
  }
}
