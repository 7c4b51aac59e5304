/** A command line program in Java that comes with a server. Each call starts a virtual machine, which takes a second or two. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { buffer, text } from 'node:stream/consumers'
import { Failure } from '../../src/base/failure.ts'
import type { Guard } from './guard.ts'
import { javaPath, smallJava } from './java.ts'

const HEAP_MB = 256
const LIMIT_MS = 180_000

export type JavaTool = {
  readonly classPath: string
  readonly mainClass: string
  readonly args: readonly string[]
  /** Further options of the virtual machine. */
  readonly javaOptions?: readonly string[]
}

export type ToolOptions = {
  /** What the program reads on its standard input. */
  readonly input?: string | Uint8Array
  /** If false, what it wrote is given whether or not it succeeded; true by default. */
  readonly mustSucceed?: boolean
}

/**
 * What the program writes to its standard output. Throws with its errors if it fails. With the guard of a service, it does
 * not outlive that service.
 */
export async function runJavaTool(
  { classPath, mainClass, args, javaOptions = [] }: JavaTool,
  { input = '', mustSucceed = true }: ToolOptions = {},
  guard?: Guard,
): Promise<Buffer> {
  const java = [...smallJava(HEAP_MB), ...javaOptions, '-cp', classPath, mainClass, ...args]
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
    throw new Failure('io', `${name} failed (${signal ?? status}):\n${errors}${output}`)
  }
  return output
}
