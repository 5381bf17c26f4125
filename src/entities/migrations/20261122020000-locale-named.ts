import { Migration } from '@mikro-orm/migrations';

/**
 * Whether a locale was named by the caller: a provider that takes over has to speak such a one only. Of rows of the version
 * before nobody knows: they keep to what it did.
 */
export class LocaleNamed extends Migration {
  override up(): void {
    this.addSql(`alter table "verification" add column "is_locale_named" boolean not null default true`);
  }
}
