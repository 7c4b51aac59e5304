/** Loads the command that is asked for, each a file of its own. */
import type { Command } from 'commander'
import { unreachable } from '../base/assert.ts'
import type { CommandName } from './program.ts'

export async function loadCommand(name: CommandName): Promise<Command> {
  switch (name) {
    case 'run':
      return (await import('./run.ts')).runCommand()
    case 'query':
      return (await import('./query.ts')).queryCommand()
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
