/** `tailrace version`: the word works as well as the option. */
import { Command } from 'commander'

/** The command `version`. */
export function versionCommand(): Command {
  return new Command('version')
    .description('Prints the version, as --version does.')
    .action((_: unknown, command: Command) => void process.stdout.write(`${command.parent?.version()}\n`))
}
