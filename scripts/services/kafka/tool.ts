/** Kafka's own command line programs, such as its console consumer. Each call starts a virtual machine, which takes 2 s. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import { Failure } from '../../../src/base/failure.ts'
import type { Guard } from '../guard.ts'
import { installedJars } from '../jars.ts'
import { javaPath, smallJava } from '../java.ts'

const HEAP_MB = 256
const LIMIT_MS = 180_000

export type ToolOptions = {
  /** What the program reads on its standard input. */
  readonly input?: string | Uint8Array
  /** If false, what it wrote is given whether or not it succeeded; true by default. */
  readonly mustSucceed?: boolean
  /** Of the service that the program works for: it does not outlive that. */
  readonly guard?: Guard
}

/** What the program of this class writes to its standard output. Throws with its errors if it fails. */
export async function kafkaTool(
  mainClass: string,
  args: readonly string[],
  { input = '', mustSucceed = true, guard }: ToolOptions = {},
): Promise<string> {
  const classPath = join(await installedJars('kafka'), '*')
  const java = [...smallJava(HEAP_MB), '-cp', classPath, mainClass, ...args]
  const child = spawn(javaPath(), java, { timeout: LIMIT_MS, killSignal: 'SIGKILL', detached: guard !== undefined })
  guard?.watch(child)
  // A program that ends before it has read everything closes the pipe.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const [output, errors, [status, signal]] = await Promise.all([
    buffer(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ])
  if (mustSucceed && status !== 0) {
    const name = mainClass.split('.').at(-1)
    throw new Failure('io', `Kafka's ${name} failed (${signal ?? status}):\n${errors}${output}`)
  }
  return output.toString()
}
