/** The same comparison where each server is several processes. */
import { evidence } from '../support/evidence.js';
import { COMPARED, compareNamed } from '../support/side-by-side.js';

evidence('side-by-side-processes', 'Beside other servers, with further processes', async (measuring) => {
  measuring.about(
    `\`npm run bench -- --processes N\`: as "Beside other servers", ${COMPARED}. Processes share one database, and each is asked by a load generator of its own, with its share of the connections. All are on the same two cores, which one process and its PostgreSQL already fill.`,
  );
  for (const processes of measuring.isShort ? [2] : [1, 2, 4])
    await compareNamed(measuring, `${processes} ${processes === 1 ? 'process' : 'processes'}`, { processes });
});
