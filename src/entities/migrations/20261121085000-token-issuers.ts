import { Migration } from '@mikro-orm/migrations';

/** Finds the workspaces that accept the tokens of an issuer, without looking at the others. */
export class TokenIssuers extends Migration {
  override up(): void {
    this.addSql(
      `create index "workspace_token_issuers_index" on "workspace" using gin ("token_issuers" jsonb_path_ops)`,
    );
  }
}
