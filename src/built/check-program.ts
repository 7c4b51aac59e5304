/** `tailrace check` alone, for the same reason as `query-program.ts`: editors and hooks of version control call it often. */
import './plain-schemas.ts'
import { checkCommand } from '../cli/check.ts'
import { runCommandLine } from '../cli/program.ts'
import type { Main } from '../cli/start.ts'

/** Runs a command line that begins with `check`. */
export const main: Main = (args, version) => runCommandLine(args, version, () => Promise.resolve(checkCommand()))
