/**
 * The start of `tailrace`. It loads as little as possible: `--version` answers at once, and an old Node gets its message
 * before it meets syntax that it cannot read. The rest is `program.ts`.
 */
import { readFileSync } from 'node:fs'
import type { Worker } from 'node:worker_threads'
import { startHelper } from '../query/early-thread.ts'

export type Main = (args: readonly string[], version: string, helper: Worker | undefined) => Promise<void>

export type Loaded = {
  /** Runs a command; a failure ends the process. `helper` is a thread started in advance for `query`. */
  readonly main: Main
  /** Called at the end of a run that did not fail. */
  done(): void
}

/** How long what a run has left behind may keep the process. */
const LEFT_MS = 1000
const NEEDED = 24
const VERSION_WORDS = ['--version', '-v', '-V', 'version']

/** Runs the command line. `packageFile` has the version; `load` gets the program for a run of a command. */
export async function start(packageFile: string, load: (command: string) => Promise<Loaded>): Promise<void> {
  const args = process.argv.slice(2)
  const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }
  if (Number.parseInt(process.versions.node, 10) < NEEDED) {
    process.stderr.write(
      `tailrace: this is Node.js ${process.versions.node}, and tailrace needs ${NEEDED} or newer.\n` +
        `  Install it, or bring it along: npm install node@${NEEDED} beside the package, then npx tailrace.\n`,
    )
    process.exitCode = 1
  } else if (args.length === 1 && VERSION_WORDS.includes(args[0] ?? '')) {
    process.stdout.write(`${version}\n`)
  } else {
    const helper = args[0] === 'query' ? startHelper(args.slice(1)) : undefined
    const { main, done } = await load(args[0] ?? '')
    await main(args, version, helper)
    if (process.exitCode === undefined || process.exitCode === 0) done()
    // All is said and closed. A client of a store may have left a connection behind, which would keep this process for good.
    if (args[0] === 'run') setTimeout(() => process.exit(), LEFT_MS).unref()
  }
}
