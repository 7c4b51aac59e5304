/**
 * `tailrace query` and its threads alone. A statement over a small file is answered in the time of a start, which grows with the
 * script, and this one is half as long.
 */
import { runCommandLine } from '../cli/program.ts'
import { queryCommand } from '../cli/query.ts'
import type { Main } from '../cli/start.ts'
import { serveUnits } from '../query/serve-units.ts'

/** Runs a command line that begins with `query`. */
export const main: Main = (args, version, helper) =>
  runCommandLine(args, version, () => Promise.resolve(queryCommand(helper)))

/** Runs a thread of the command. */
export const runWorker: () => void = serveUnits
