/** A program that runs to its end and writes its answer to its standard output, such as one that comes with a server. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { buffer, text } from 'node:stream/consumers'
import { Failure } from '../../src/base/failure.ts'
import { type Guard, openGuard } from './guard.ts'
import { javaPath, smallJava } from './java.ts'

const HEAP_MB = 256
const LIMIT_MS = 180_000

export type Program = {
  /** For messages. */
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
}

export type RunOptions = {
  /** What the program reads on its standard input. */
  readonly input?: string | Uint8Array
  /** If false, what it wrote is given whether or not it succeeded; true by default. */
  readonly mustSucceed?: boolean
}

/** What the program writes to its standard output. Throws with its errors if it fails. It does not outlive the guard. */
export async function runProgram(
  guard: Guard,
  { name, command, args }: Program,
  { input = '', mustSucceed = true }: RunOptions = {},
): Promise<Buffer> {
  const child = spawn(command, args, { timeout: LIMIT_MS, killSignal: 'SIGKILL', detached: true })
  guard.watch(child)
  // A program that ends before it has read everything closes the pipe.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const [output, errors, [status, signal]] = await Promise.all([
    buffer(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ])
  if (mustSucceed && status !== 0) throw new Failure('io', `${name} failed (${signal ?? status}):\n${errors}${output}`)
  return output
}

export type JavaProgram = {
  readonly classPath: string
  readonly mainClass: string
  readonly args: readonly string[]
  /** Further options of the virtual machine. */
  readonly javaOptions?: readonly string[]
}

/** The same for a program in Java, which takes a second or two to start. Without a guard it has its own. */
export async function runJava(program: JavaProgram, options: RunOptions = {}, guard?: Guard): Promise<Buffer> {
  if (guard === undefined) {
    await using own = await openGuard('tool')
    return await runJava(program, options, own)
  }
  const { classPath, mainClass, args, javaOptions = [] } = program
  const java = [...smallJava(HEAP_MB), `-Djava.io.tmpdir=${guard.folder}`, ...javaOptions]
  const name = mainClass.split('.').at(-1) ?? mainClass
  const command = { name, command: javaPath(), args: [...java, '-cp', classPath, mainClass, ...args] }
  return await runProgram(guard, command, options)
}
