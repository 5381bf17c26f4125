/** `node benchmarks/processes.ts`: what one PostgreSQL gives to one, two and four gateway processes. */
import './typescript-imports.ts';

process.chdir(`${import.meta.dirname}/..`);
await import('./processes/bench.ts');
