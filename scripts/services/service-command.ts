/** A server on the command line: how it is called, and what is shown of it while it runs. */
import { readFile } from 'node:fs/promises'
import { Failure } from '../../src/base/failure.ts'

export type ServiceCommand = {
  readonly name: string
  /** The name and its arguments, as in the list of services. */
  readonly usage: string
  readonly summary: string
  /** Starts the server. Throws a Failure if an argument is wrong, or the server cannot start. */
  start(args: readonly string[]): Promise<RunningService>
}

/** Disposing stops it. */
export type RunningService = AsyncDisposable & {
  readonly folder: string
  readonly pids: readonly number[]
  /** What a client needs to know, by its name. */
  readonly addresses: Readonly<Record<string, string>>
}

/** The content of a configuration file that is an argument. Throws if it cannot be read. */
export async function readConf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Failure('not-found', `the configuration ${file} cannot be read: ${why}`, { cause })
  }
}

/** A port that is an argument. Throws if it is none. */
export function portOf(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  throw new Failure('usage', `${text} is not a port: expected a number such as 9093`)
}
