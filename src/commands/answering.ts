/** What groups of commands share: how they reach the database, and how they answer. */
import type { Command } from 'commander';
import type { Administration } from './administration.js';

/** The command line as a group of commands sees it. */
export interface Answering {
  /** Whether the answer is one JSON document. */
  isJson(): boolean;
  /** Says the answer: as a document, or in the words of `describe`. */
  answer<T>(answer: T, describe: (answer: T) => string): Promise<void>;
  /** Does something on the database, wherever that is, and says what came of it. */
  administer<T>(work: (administration: Administration) => Promise<T>, describe: (answer: T) => string): Promise<void>;
}

/** @param program whose `--json` decides */
export function answering(program: Command): Answering {
  const isJson = () => program.opts<{ json?: boolean }>().json === true;
  const answer: Answering['answer'] = async (value, describe) => {
    const { say } = await import('./say.js');
    say(isJson() ? value : describe(value));
  };
  return {
    isJson,
    answer,
    async administer(work, describe) {
      const [{ withAdministration }, { namingOptions }] = await Promise.all([
        import('./administer.js'),
        import('./named-options.js'),
      ]);
      const done = await withAdministration(work).catch((error: unknown) => {
        throw namingOptions(error);
      });
      await answer(done, describe);
    },
  };
}
