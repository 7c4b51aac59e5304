/** The command line with all of its commands. Each loads its own code and no other, as loading all would slow each of them. */
import type { Worker } from 'node:worker_threads'
import type { Command } from 'commander'
import { runCommandLine } from './program.ts'
import type { Main } from './start.ts'
import { type CommandName, SUMMARIES } from './tree/summaries.ts'

const LOADERS: { readonly [name in CommandName]: (helper: Worker | undefined) => Promise<Command> } = {
  run: async () => (await import('./run.ts')).runCommand(),
  query: async (helper) => (await import('./query.ts')).queryCommand(helper),
  watch: async () => (await import('./watch/watch.ts')).watchCommand(),
  describe: async () => (await import('./ask/describe.ts')).describeCommand(),
  check: async () => (await import('./check.ts')).checkCommand(),
  test: async () => (await import('./test/test.ts')).testCommand(),
  explain: async () => (await import('./explain.ts')).explainCommand(),
  verify: async () => (await import('./verify/verify.ts')).verifyCommand(),
  fsck: async () => (await import('./fsck.ts')).fsckCommand(),
  reload: async () => (await import('./reload.ts')).reloadCommand(),
  report: async () => (await import('./report/report.ts')).reportCommand(),
  page: async () => (await import('./page/page.ts')).pageCommand(),
  backfill: async () => (await import('./backfill.ts')).backfillCommand(),
  replay: async () => (await import('./replay/replay.ts')).replayCommand(),
  generate: async () => (await import('./replay/generate.ts')).generateCommand(),
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

export const main: Main = (args, version, helper) => runCommandLine(args, version, (name) => LOADERS[name](helper))

/** Every command, in the order of the help. */
export async function loadAll(): Promise<{ readonly command: Command; readonly summary: string }[]> {
  const all = []
  for (const [name, summary] of Object.entries(SUMMARIES)) {
    all.push({ command: await LOADERS[name as CommandName](undefined), summary })
  }
  return all
}
