/** Loads one command and no other, as loading all would slow each of them. */
import type { Worker } from 'node:worker_threads'
import type { Command } from 'commander'
import { unreachable } from '../base/assert.ts'

/** Every command, in the order of the help. */
export const SUMMARIES = {
  run: 'run a pipeline until it is stopped',
  query: 'ask SQL of files, or of standard input',
  check: 'tell what is wrong with a pipeline file or an SQL statement',
  explain: 'show what a pipeline or an SQL statement will do',
  fsck: 'tell what is damaged in a data folder',
  report: 'ask a query of a span of event time',
  backfill: 'repair the rows of a query for a span of the past',
  replay: 'send the lines of a log to a socket, at a rate',
  schema: 'print the JSON Schema of the pipeline file, for an editor',
  topics: 'list what a data folder holds',
  tap: 'print the records of a topic',
  dead: 'list dead letters, and send records again',
} as const

export type CommandName = keyof typeof SUMMARIES

/** The command with its options; `helper` is a thread started in advance for `query`. */
export async function loadCommand(name: CommandName, helper: Worker | undefined): Promise<Command> {
  switch (name) {
    case 'run':
      return (await import('./run.ts')).runCommand()
    case 'query':
      return (await import('./query.ts')).queryCommand(helper)
    case 'check':
      return (await import('./check.ts')).checkCommand()
    case 'explain':
      return (await import('./explain.ts')).explainCommand()
    case 'fsck':
      return (await import('./fsck.ts')).fsckCommand()
    case 'report':
      return (await import('./report.ts')).reportCommand()
    case 'backfill':
      return (await import('./backfill.ts')).backfillCommand()
    case 'replay':
      return (await import('./replay.ts')).replayCommand()
    case 'schema':
      return (await import('./schema.ts')).schemaCommand()
    case 'topics':
      return (await import('./topics.ts')).topicsCommand()
    case 'tap':
      return (await import('./tap.ts')).tapCommand()
    case 'dead':
      return (await import('./dead.ts')).deadCommand()
    default:
      return unreachable(name)
  }
}
