/** The same comparison where the tables are long. */
import { evidence } from '../support/evidence.js';
import { COMPARED, compareNamed } from '../support/side-by-side.js';

evidence('side-by-side-rows', 'Beside other servers, with long tables', async (measuring) => {
  measuring.about(
    `\`npm run bench -- --history N\`: as "Beside other servers", ${COMPARED}. History is verifications that are long over, of the customers that are asked for; better-auth removes its own as they are used or expire, so for it they are users.`,
  );
  for (const history of measuring.isShort ? [1_000] : [10_000, 1_000_000, 10_000_000])
    await compareNamed(measuring, `${history.toLocaleString('en')} rows`, { history });
});
