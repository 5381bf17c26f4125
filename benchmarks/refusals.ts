/** `node benchmarks/refusals.ts`: whether the time that connect takes tells which gate refused. */
import './typescript-imports.ts';

process.chdir(`${import.meta.dirname}/..`);
await import('./refusals/bench.ts');
