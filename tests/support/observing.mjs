// Loaded into a gateway before everything else: see observed.ts, which reads what this writes.
import { setTimeout as pause } from 'node:timers/promises';

const EVERY_MS = 5;
const worked = () => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
};
let before = { at: performance.now(), worked: worked() };
let longest = { block: 0, work: 0 };

setInterval(() => {
  const now = { at: performance.now(), worked: worked() };
  longest = {
    block: Math.max(longest.block, now.at - before.at - EVERY_MS),
    work: Math.max(longest.work, now.worked - before.worked),
  };
  before = now;
}, EVERY_MS).unref();

process.on('SIGUSR2', async () => {
  const { block, work } = longest;
  // What is freed goes back to the machine behind the collection, and some of it with the next one.
  for (let times = 0; times < 3; times += 1) {
    globalThis.gc();
    await pause(1_000);
  }
  const { rss: resident, heapUsed: heap, external } = process.memoryUsage();
  const memory = { resident, heap, external, highest: process.resourceUsage().maxRSS * 1_024 };
  process.stdout.write(`observed ${JSON.stringify({ block, work, ...memory })}\n`);
  // What observing costs is nobody's request.
  before = { at: performance.now(), worked: worked() };
  longest = { block: 0, work: 0 };
});
