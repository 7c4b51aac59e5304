/** Runs the real command line in a process of its own, as a shell would. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const MAIN = resolve('src/cli/main.ts')

/** A pipeline from a file to a file, without windows. */
export const DEMO = `version: 1
name: demo
sources:
  log: { file: access.log, to: access }
topics:
  access: { format: common, watermark: ts - INTERVAL '5' SECOND }
queries:
  errors: SELECT host, target FROM access WHERE status >= 500
sinks:
  out: { from: errors, ndjson: out/errors.ndjson }
`

export type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

export type Running = {
  readonly process: ChildProcess
  /** Resolves with the first matching line of standard error; rejects if the process ends without one. */
  line(pattern: RegExp): Promise<string>
  readonly ended: Promise<Ended>
}

export type StartOptions = {
  readonly folder?: string
  readonly input?: string | Uint8Array
  readonly environment?: { readonly [name: string]: string }
}

/** Starts the command line with `input` as its standard input. */
export function start(args: readonly string[], { folder, input = '', environment = {} }: StartOptions = {}): Running {
  const { FORCE_COLOR: _, ...inherited } = process.env
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: folder,
    env: { ...inherited, NO_COLOR: '1', ...environment },
    stdio: 'pipe',
  })
  child.stdin.on('error', () => {})
  child.stdin.end(input)
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
    child.on('close', (code) => {
      for (const { pattern, lost } of waiting) lost(new Error(`ended (${code}) without ${pattern}: ${stderr}`))
      resolve({ code, stdout, stderr })
    })
  })
  return {
    process: child,
    ended,
    line: (pattern) =>
      new Promise((found, lost) => {
        waiting.push({ pattern, found, lost })
        look()
      }),
  }
}

/** Runs the command line to its end. */
export const tailrace = (args: readonly string[], options: StartOptions = {}): Promise<Ended> =>
  start(args, options).ended

/** A folder with these files, removed at the end of the block: `using folder = folderWith({ 'p.yaml': … })`. */
export function folderWith(files: { readonly [name: string]: string }): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'tailrace-'))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content)
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** Sends a text to a port of this machine; resolves when the receiver has taken it and closed the connection. */
export const send = (port: number, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(text))
    socket.on('close', () => resolve()).on('error', reject)
    socket.resume()
  })
