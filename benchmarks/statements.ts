/** `node benchmarks/statements.ts`: what a send and its confirmation ask of PostgreSQL, statement by statement. */
import './typescript-imports.ts';

process.chdir(`${import.meta.dirname}/..`);
await import('./statements/bench.ts');
