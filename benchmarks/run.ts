/** `node benchmarks/run.ts`: the way in, which lets Node read the rest. */
import './typescript-imports.ts';

// The servers' commands start from the repository's root.
process.chdir(`${import.meta.dirname}/..`);
// Imported late, because the hook serves only what is loaded after it.
await import('./bench.ts');
