/** Writes what a command has to say to standard output: text as it is, anything else as one JSON document. */
export function say(answer: unknown): void {
  process.stdout.write(`${typeof answer === 'string' ? answer : JSON.stringify(answer)}\n`);
}

/** Calls back once whoever read standard output has gone, as `| head` does. */
export function onHungUp(leave: () => void): void {
  process.stdout.on('error', leave);
}

/** Tells whoever waits for a command why they do, past what it says to standard output. */
export function tell(notice: string): void {
  process.stderr.write(`gateway: ${notice}\n`);
}
