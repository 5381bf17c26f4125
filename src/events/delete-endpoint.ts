/** The use case behind `deleteWebhookEndpoint`. */
import { actorOf, recordAudit } from '../access/audit.js';
import type { Principal } from '../access/principal.js';
import { type Database, runOne } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { GatewayError } from '../kernel/errors.js';
import { ENDPOINT_COLUMNS, type EndpointRecord, type EndpointRow, toEndpoint } from './endpoint-record.js';

const DELETE = prepared(`
  delete from webhook_endpoint where workspace_id = $1 and mode = $2 and id = $3 returning ${ENDPOINT_COLUMNS}`);

/**
 * Removes an endpoint with its secrets; what waited for it is never told. Its deliveries go with their events: there
 * may be any number of them.
 * @throws {GatewayError} NOT_FOUND
 */
export function deleteEndpoint(database: Database, caller: Principal, id: string): Promise<EndpointRecord> {
  return database.transaction(async (transaction) => {
    const row = await runOne<EndpointRow>(transaction, DELETE, [caller.workspaceId, caller.mode, id]);
    if (!row) throw new GatewayError('NOT_FOUND', 'There is no such endpoint.');
    const what = { action: 'webhook_endpoint.deleted', objectType: 'WebhookEndpoint', objectId: id } as const;
    await recordAudit(transaction, caller, actorOf(caller), what);
    return toEndpoint(row);
  });
}
