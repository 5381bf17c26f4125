/** Runs work of one name one after another; work of different names does not wait for each other. */
export type InTurn = <Result>(name: string, work: () => Promise<Result>) => Promise<Result>;

/** Turns of one process. Whatever must hold across processes is the database's to keep. */
export function createTurns(): InTurn {
  const last = new Map<string, Promise<unknown>>();
  return (name, work) => {
    const turn = (last.get(name) ?? Promise.resolve()).then(work, work);
    last.set(name, turn);
    const end = () => {
      if (last.get(name) === turn) last.delete(name);
    };
    turn.then(end, end);
    return turn;
  };
}
