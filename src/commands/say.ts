/** Writes what a command has to say to standard output: text as it is, anything else as one JSON document. */
export function say(answer: unknown): void {
  process.stdout.write(`${typeof answer === 'string' ? answer : JSON.stringify(answer)}\n`);
}
