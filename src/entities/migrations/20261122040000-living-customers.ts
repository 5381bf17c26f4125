import { Migration } from '@mikro-orm/migrations';

/**
 * A platform id and a UMA address are those of one living customer: one who was deleted can be made again. Where there are
 * many customers, the three indexes are made by hand first, by these names and with `concurrently`. Afterwards the two
 * have the names of what they replace, by which the version before tells what is taken. That version asks for a platform
 * id without a word about deleted customers, and takes the first: the order of the third index hands it the living one.
 */
export class LivingCustomers extends Migration {
  override up(): void {
    // Whoever has locked a customer and then writes it waits for a build, and the end of the migration for them: the lock
    // that the end needs is taken before anything is built, so that it is waited for with nothing held.
    this.addSql(`lock table "customer" in access exclusive mode`);
    this.addSql(
      `create unique index if not exists "customer_living_platform_id_unique" on "customer" ("workspace_id", "mode", "platform_customer_id") where "deleted_at" is null`,
    );
    this.addSql(
      `create unique index if not exists "customer_living_uma_address_unique" on "customer" ("workspace_id", "mode", "uma_address") where "deleted_at" is null`,
    );
    this.addSql(
      `create index if not exists "customer_of_platform_id_index" on "customer" ("workspace_id", "mode", "platform_customer_id", "deleted_at" desc)`,
    );
    // What `concurrently` leaves behind where it failed has the name, and may let everything through.
    this.addSql(
      `do $$ begin if exists (select from pg_index where not indisvalid and indrelid = '"customer"'::regclass) then raise exception 'customer has an invalid index: drop it, and make it again'; end if; end $$`,
    );
    this.addSql(`alter table "customer" drop constraint "customer_platform_id_unique"`);
    this.addSql(`alter table "customer" drop constraint "customer_uma_address_unique"`);
    this.addSql(`alter index "customer_living_platform_id_unique" rename to "customer_platform_id_unique"`);
    this.addSql(`alter index "customer_living_uma_address_unique" rename to "customer_uma_address_unique"`);
  }
}
