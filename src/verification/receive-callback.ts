/** The use case behind `POST /callbacks/<provider>`. */
import { CallbackRefused, type CallbackRequest } from '../providers/callback.js';
import { applyReport, type ReportDeps } from './delivery-report.js';

/** `UNKNOWN`: no such provider, or it makes no calls. `REFUSED`: not signed as it should be; nothing was changed. */
export type CallbackOutcome =
  | { readonly outcome: 'DONE' | 'UNKNOWN' }
  | { readonly outcome: 'REFUSED'; readonly reason: string };

/** Checks the signature, then applies each report. A report about an unknown message is done like any other. */
export async function receiveCallback(
  deps: ReportDeps,
  name: string,
  request: CallbackRequest,
  requestId: string,
): Promise<CallbackOutcome> {
  const reader = deps.providers.find(name)?.callbacks;
  if (!reader) return { outcome: 'UNKNOWN' };
  try {
    const reports = await reader.read(request);
    for (const report of reports) await applyReport(deps, name, report, requestId);
    return { outcome: 'DONE' };
  } catch (error) {
    if (error instanceof CallbackRefused) return { outcome: 'REFUSED', reason: error.message };
    throw error;
  }
}
