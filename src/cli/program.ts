/**
 * The command line. Data goes to standard output, messages to standard error; the exit code is 0, 1 (it failed), 2 (the
 * command line is wrong) or 78 (the pipeline file is wrong).
 */
import { Command, CommanderError, Help } from 'commander'
import { describeFailure, Failure, type FailureCode } from '../base/failure.ts'
import { printableLines } from '../terminal/text.ts'
import { type CommandName, SUMMARIES } from './tree/summaries.ts'

const EXAMPLES = `
Examples:
  tailrace query "SELECT http_method, COUNT(*) AS hits FROM log GROUP BY http_method" access.log.gz
  tailrace check pipeline.yaml
  tailrace run pipeline.yaml
  tailrace COMMAND --help        options and examples of a command
`

/** Loads a command with its options. */
export type LoadCommand = (name: CommandName) => Promise<Command>

/** Runs a command; a failure ends the process. `load` is called for the command that is named, if any is. */
export async function runCommandLine(args: readonly string[], version: string, load: LoadCommand): Promise<void> {
  guardProcess()
  try {
    const program = await programFor(args, version, load)
    if (args.length === 0) program.help()
    await program.parseAsync([...args], { from: 'user' })
  } catch (error) {
    end(error)
  }
}

/** The command of `args` in full, the others by name. */
async function programFor(args: readonly string[], version: string, load: LoadCommand): Promise<Command> {
  const program = new Command('tailrace')
  program
    .description('Log streams in, windowed Flink SQL answers out.')
    .usage('COMMAND [options]')
    .version(version, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', EXAMPLES)
  const wanted = args[0] === 'help' ? args[1] : args[0]
  for (const [name, summary] of Object.entries(SUMMARIES)) {
    const command = name === wanted ? await load(name as CommandName) : new Command(name)
    program.addCommand(command.summary(summary))
  }
  // Commands made elsewhere do not inherit this: without it a wrong option would end the process with code 1.
  for (const command of [program, ...program.commands]) {
    command.exitOverride().helpOption('-h, --help', 'print this help').showHelpAfterError('See tailrace --help.')
    command.configureHelp({ optionDescription: describeOption })
    if (command !== program) command.showHelpAfterError(`See tailrace ${command.name()} --help.`)
  }
  return program
}

/** Leaves out the default of a repeatable option: it is empty. */
const describeOption: Help['optionDescription'] = (option) => {
  const { defaultValue: none } = option
  const isEmpty = (Array.isArray(none) && none.length === 0) || (none instanceof Map && none.size === 0)
  return isEmpty ? option.description : new Help().optionDescription(option)
}

/** A reader of the output that is gone (`| head`) ends the work without a failure. Errors that nothing catches are bugs. */
function guardProcess(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    end(new Failure('io', `standard output cannot be written: ${error.message}`, { cause: error }))
  })
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    // Nobody reads the messages any more (`2>&1 | head`); the work goes on, and says by its exit code how it ended.
    if (error.code !== 'EPIPE') end(error)
  })
  process.on('uncaughtException', end)
  process.on('unhandledRejection', end)
}

function end(error: unknown): never {
  process.exit(report(error))
}

/** Prints the error and gives the exit code. */
function report(error: unknown): number {
  // Commander has printed it already; a request for help also comes as an error, with code 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof Failure) {
    const who = error.place === undefined ? 'tailrace: ' : ''
    process.stderr.write(printableLines(`${who}${describeFailure(error)}\n${stackOf(error)}`))
    return EXIT_CODES[error.code] ?? 1
  }
  if (
    error instanceof RangeError &&
    /^(Array buffer allocation failed|Invalid typed array length)/.test(error.message)
  ) {
    process.stderr.write(
      `tailrace: there is not enough memory: ${error.message}\n  ${OUT_OF_MEMORY}\n${stackOf(error)}`,
    )
    return 1
  }
  const message = error instanceof Error ? error.message : String(error)
  const advice = process.env.TAILRACE_DEBUG ? '' : ' Run it again with TAILRACE_DEBUG=1 to see where.'
  process.stderr.write(`tailrace: ${message}\n  This is a bug in tailrace.${advice}\n${stackOf(error)}`)
  return 1
}

const OUT_OF_MEMORY =
  'A limit below what there is ends such a run in time: --memory of query, limits: { state: … } of a pipeline file.'

function stackOf(error: unknown): string {
  if (!process.env.TAILRACE_DEBUG || !(error instanceof Error)) return ''
  const cause = error.cause instanceof Error ? `caused by ${error.cause.stack}\n` : ''
  return `${error.stack}\n${cause}`
}

/** The exit codes of failures; of all others 1. */
const EXIT_CODES: { readonly [code in FailureCode]?: number } = {
  usage: 2,
  pipeline: 78, // EX_CONFIG of sysexits.h
}
