/** What the gateway costs beside a hand-written floor, stock Apollo and better-auth. */
import { evidence } from '../support/evidence.js';
import { compareServers, inCell, noiseOf } from '../support/side-by-side.js';

evidence('side-by-side', 'Beside other servers', async (measuring) => {
  const { size, progress, about, figure } = measuring;
  progress('every server in its turn');
  const measurements = await compareServers(measuring, {
    rounds: size(5, 1),
    reads: size(10_000, 100),
    verifications: size(1_000, 10),
    'warm-up': size(2_000, 20),
  });
  about(
    "`npm run bench`: one PostgreSQL, 16 connections, 64 for connect; five rounds, each run by all servers in turn, and the median of each number. CPU is the server's, then PostgreSQL's, an operation; cores is what server, PostgreSQL and load had of the machine. Gateway and floor answer connect on a beat of 50 ms, so its two requests take 100 ms at least, by design: there, throughput and CPU are what compares.",
  );
  for (const each of measurements) figure(`${each.workload}: ${each.contender}`, inCell(each, measurements));
  figure('share of the machine in other hands at worst', noiseOf(measurements));
});
