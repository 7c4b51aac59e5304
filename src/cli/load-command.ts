/** Loads one command and no other, as loading all would slow each of them. */
import type { Worker } from 'node:worker_threads'
import type { Command } from 'commander'

/** Every command, in the order of the help. */
export const SUMMARIES = {
  run: 'run a pipeline until it is stopped',
  query: 'ask SQL of files, or of standard input',
  describe: 'show the columns of files, and a topic to paste into a pipeline file',
  check: 'tell what is wrong with a pipeline file or an SQL statement',
  test: 'run the tests of a pipeline file',
  explain: 'show what a pipeline or an SQL statement will do',
  fsck: 'tell what is damaged in a data folder',
  reload: 'let the process that runs a pipeline read its file again',
  report: 'ask a query of a span of event time',
  backfill: 'repair the rows of a query for a span of the past',
  replay: 'send the lines of a log to a socket, at a rate',
  schema: 'print the JSON Schema of the pipeline file, or of a status',
  status: 'show how a pipeline stands, and what is wrong',
  alerts: 'show what fires and who was told, and silence it',
  topics: 'list the topics of a pipeline',
  groups: 'list the consumer groups, and how far each is',
  tap: 'print the records of a topic',
  dead: 'list dead letters, and send records again',
  completion: 'print a script by which a shell completes the command line',
  version: 'print the version',
} as const

export type CommandName = keyof typeof SUMMARIES

const LOADERS: { readonly [name in CommandName]: (helper: Worker | undefined) => Promise<Command> } = {
  run: async () => (await import('./run.ts')).runCommand(),
  query: async (helper) => (await import('./query.ts')).queryCommand(helper),
  describe: async () => (await import('./ask/describe.ts')).describeCommand(),
  check: async () => (await import('./check.ts')).checkCommand(),
  test: async () => (await import('./test/test.ts')).testCommand(),
  explain: async () => (await import('./explain.ts')).explainCommand(),
  fsck: async () => (await import('./fsck.ts')).fsckCommand(),
  reload: async () => (await import('./reload.ts')).reloadCommand(),
  report: async () => (await import('./report/report.ts')).reportCommand(),
  backfill: async () => (await import('./backfill.ts')).backfillCommand(),
  replay: async () => (await import('./replay/replay.ts')).replayCommand(),
  schema: async () => (await import('./schema.ts')).schemaCommand(),
  status: async () => (await import('./status.ts')).statusCommand(),
  alerts: async () => (await import('./alerts.ts')).alertsCommand(),
  topics: async () => (await import('./topics.ts')).topicsCommand(),
  groups: async () => (await import('./groups.ts')).groupsCommand(),
  tap: async () => (await import('./tap.ts')).tapCommand(),
  dead: async () => (await import('./dead.ts')).deadCommand(),
  completion: async () => (await import('./tree/completion.ts')).completionCommand(loadAll),
  version: async () => (await import('./tree/version.ts')).versionCommand(),
}

/** The command with its options; `helper` is a thread started in advance for `query`. */
export const loadCommand = (name: CommandName, helper: Worker | undefined): Promise<Command> => LOADERS[name](helper)

/** Every command, in the order of the help. */
export async function loadAll(): Promise<{ readonly command: Command; readonly summary: string }[]> {
  const all = []
  for (const [name, summary] of Object.entries(SUMMARIES)) {
    all.push({ command: await loadCommand(name as CommandName, undefined), summary })
  }
  return all
}
