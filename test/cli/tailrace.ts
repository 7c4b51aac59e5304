/** Folders for tests, and programs that run in them: the real command line in a process of its own, as a shell would. */
import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join, resolve } from 'node:path'
import { temporaryFolder } from '../../src/data/data-folder.test-tool.ts'

/** The program from its source, whose modules a test may replace with `--import`. */
export const MAIN: string = resolve('src/cli/main.ts')

/** The program: the one that `tools/run-tests.ts` has built, which starts in a tenth of the time, or that from its source. */
export const PROGRAM: string = resolve(process.env.TAILRACE_PROGRAM ?? MAIN)

export type Ended = {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export type Running = {
  readonly process: ChildProcess
  /** Resolves with the first matching line of standard error; rejects if the process ends without one. */
  line(pattern: RegExp): Promise<string>
  /** The port of this machine that the first matching line names. */
  port(pattern: RegExp): Promise<number>
  readonly ended: Promise<Ended>
  /** Sends SIGTERM, and resolves at the end. */
  stop(): Promise<Ended>
  /** Sends SIGKILL, and resolves at the end. */
  kill(): Promise<Ended>
}

export type Environment = { readonly [name: string]: string }

/** Starts a program with an empty standard input. */
export function startProgram(
  command: string,
  args: readonly string[],
  folder?: string,
  own: Environment = {},
): Running {
  const { FORCE_COLOR: _, ...inherited } = process.env
  const env = { ...inherited, NO_COLOR: '1', ...own }
  const child = spawn(command, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  const waiting: { pattern: RegExp; found: (line: string) => void; lost: (error: Error) => void }[] = []
  const look = () => {
    for (const { pattern, found } of waiting) {
      const line = stderr.split('\n').find((one) => pattern.test(one))
      if (line !== undefined) found(line)
    }
  }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    look()
  })
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => {
      for (const { pattern, lost } of waiting) lost(new Error(`ended (${code}) without ${pattern}: ${stderr}`))
      resolve({ code, signal, stdout, stderr })
    })
  })
  const line = (pattern: RegExp): Promise<string> =>
    new Promise((found, lost) => {
      waiting.push({ pattern, found, lost })
      look()
    })
  const end = (signal: NodeJS.Signals): Promise<Ended> => {
    child.kill(signal)
    return ended
  }
  return {
    process: child,
    ended,
    line,
    port: async (pattern) => Number(/127\.0\.0\.1:(\d+)/.exec(await line(pattern))?.[1]),
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  }
}

/** Starts the command line. */
export const start = (args: readonly string[], folder?: string, environment?: Environment): Running =>
  startProgram(process.execPath, [PROGRAM, ...args], folder, environment)

/** Runs the command line to its end. */
export const tailrace = (args: readonly string[], folder?: string, environment?: Environment): Promise<Ended> =>
  start(args, folder, environment).ended

export type Folder = Disposable & {
  readonly path: string
  /** Starts the command line in the folder. */
  start(...args: readonly string[]): Running
  /** Runs the command line in the folder to its end. */
  tailrace(...args: readonly string[]): Promise<Ended>
  /** Runs p.yaml to the end of its input. */
  run(...options: readonly string[]): Promise<Ended>
  at(name: string): string
  read(name: string): string
  /** The lines of a file, without their line feeds. */
  lines(name: string): readonly string[]
  write(name: string, content: string | Uint8Array): void
  append(name: string, text: string): void
}

/** A folder with these files, removed at the end of the block: `using folder = folderWith({ 'p.yaml': … })`. */
export function folderWith(
  files: { readonly [name: string]: string | Uint8Array } = {},
  environment?: Environment,
): Folder {
  const folder = temporaryFolder()
  const { path } = folder
  const at = (name: string) => join(path, name)
  const read = (name: string) => readFileSync(at(name), 'utf8')
  const write = (name: string, content: string | Uint8Array) => writeFileSync(at(name), content)
  for (const [name, content] of Object.entries(files)) write(name, content)
  return {
    ...folder,
    start: (...args) => start(args, path, environment),
    tailrace: (...args) => tailrace(args, path, environment),
    run: (...options) => tailrace(['run', 'p.yaml', '--until-end', ...options], path, environment),
    at,
    read,
    lines: (name) => linesOf(read(name)),
    write,
    append: (name, text) => appendFileSync(at(name), text),
  }
}

/** The lines of a text that ends with a line feed. */
export const linesOf = (text: string): readonly string[] => text.split('\n').slice(0, -1)

/** The values of JSON lines. */
export const jsonOf = <T>(lines: readonly string[]): T[] => lines.map((line) => JSON.parse(line))

/** Sends a text to a port of this machine; resolves when the receiver has taken it and closed the connection. */
export const send = (port: number, text: string | Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(text))
    socket.on('close', () => resolve()).on('error', reject)
    socket.resume()
  })
