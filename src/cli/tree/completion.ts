/** `tailrace completion`: prints the script by which a shell completes the command line. */
import { Argument, Command } from 'commander'
import { commandTree, type Summarized } from './command-tree.ts'
import { completionScript, SHELLS, type Shell } from './scripts.ts'

/** The command `completion`; `load` gives every command. */
export function completionCommand(load: () => Promise<readonly Summarized[]>): Command {
  return new Command('completion')
    .description('Prints a script by which a shell completes commands, options and their values.')
    .addArgument(new Argument('<SHELL>', 'the shell').choices(SHELLS))
    .addHelpText(
      'after',
      `
Examples:
  source <(tailrace completion bash)                 in ~/.bashrc
  source <(tailrace completion zsh)                  in ~/.zshrc, after compinit
  tailrace completion fish > ~/.config/fish/completions/tailrace.fish
`,
    )
    .action(async (shell: Shell) => {
      process.stdout.write(completionScript(shell, commandTree(await load())))
    })
}
