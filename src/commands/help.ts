/** `gateway help`. */
import type { Command } from 'commander';

/** Adds it to the program, in place of commander's own, which reads one word and no command of a group. */
export function addHelpCommand(program: Command): void {
  program
    .helpCommand(false)
    .command('help')
    .description('show what a command does and which options it takes')
    .argument('[command...]', 'the command, such as keys create')
    .action((names: readonly string[]) => helpFor(program, names).help());
}

function helpFor(group: Command, [name, ...others]: readonly string[]): Command {
  if (name === undefined) return group;
  const command = group.commands.find((each) => each.name() === name);
  return command ? helpFor(command, others) : group.error(`error: unknown command '${name}'`);
}
