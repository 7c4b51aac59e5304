/**
 * `tailrace query`, the way that is asked for most and is done soonest: built as one file, as loading its parts one by one
 * would take longer than to run them.
 */
import type { Worker } from 'node:worker_threads'
import { main } from './program.ts'
import { queryCommand } from './query.ts'

/** `helper`: a thread that was started beforehand. */
export const queryMain = (args: readonly string[], version: string, helper: Worker | undefined): Promise<void> =>
  main(args, version, async () => queryCommand(helper))
