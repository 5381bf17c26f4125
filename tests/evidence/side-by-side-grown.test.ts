/** The same comparison where the tables are long, and where each server is several processes. */
import { evidence } from '../support/evidence.js';
import { compareServers, inCell, noiseOf } from '../support/side-by-side.js';

evidence('side-by-side-grown', 'Beside other servers, with long tables and further processes', async (measuring) => {
  const { size, progress, about, figure, isShort } = measuring;
  const sizes = {
    rounds: size(3, 1),
    reads: size(5_000, 60),
    verifications: size(500, 8),
    'warm-up': size(1_000, 12),
  };
  const histories = isShort ? [1_000] : [10_000, 1_000_000, 10_000_000];
  const processes = isShort ? [2] : [1, 2, 4];
  about(
    `\`npm run bench -- --history N\` and \`--processes N\`: as "Beside other servers", with ${sizes.rounds} rounds of ${sizes.reads} reads and ${sizes.verifications} verifications. History is verifications that are long over, of the customers that are asked for; better-auth removes its own as they are used or expire, so for it they are users. Processes share one database, and each is asked by a load generator of its own, with its share of the connections.`,
  );
  const compare = async (name: string, more: Readonly<Record<string, number>>) => {
    progress(name);
    const measurements = await compareServers(measuring, { ...sizes, ...more });
    for (const each of measurements) figure(`${name}, ${each.workload}: ${each.contender}`, inCell(each, measurements));
    figure(`${name}: share of the machine in other hands at worst`, noiseOf(measurements));
  };
  for (const history of histories) await compare(`${history.toLocaleString('en')} rows`, { history });
  for (const count of processes)
    await compare(`${count} ${count === 1 ? 'process' : 'processes'}`, { processes: count });
});
