/** tailrace as a racer: its built program, from start to exit, pinned, with its standard output in a file. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Watch } from './first-row.ts'
import type { Run } from './race.ts'

const LIMIT_SECONDS = 300
export const TAILRACE: readonly string[] = [process.execPath, 'dist/cli/main.cjs']

export type OwnCommand = {
  readonly args: readonly string[]
  readonly cpus: string
  /** Where its standard output goes. */
  readonly output: string
  /** Begins to look for the first row. */
  watch(): Watch
}

/** Runs it to its end. Throws with what it said where it fails. */
export async function runOwn({ args, cpus, output, watch }: OwnCommand): Promise<Run> {
  const report = `${output}.time`
  const file = openSync(output, 'w')
  const began = performance.now()
  const child = spawn(
    'taskset',
    [
      '-c',
      cpus,
      '/usr/bin/time',
      '-f',
      '%U %S %M',
      '-o',
      report,
      'timeout',
      String(LIMIT_SECONDS),
      ...TAILRACE,
      ...args,
    ],
    { stdio: ['ignore', file, 'pipe'] },
  )
  closeSync(file)
  const watching = watch()
  const [errors, [status]] = await Promise.all([said(child.stderr), once(child, 'exit')])
  const seconds = (performance.now() - began) / 1000
  const first = await watching.stop()
  if (status !== 0) throw new Error(`tailrace ${args.slice(0, 2).join(' ')} failed (${status}):\n${errors}`)
  const [user = 0, system = 0, peak = 0] =
    readFileSync(report, 'utf8').trim().split('\n').at(-1)?.split(' ').map(Number) ?? []
  rmSync(report)
  return {
    seconds,
    workSeconds: seconds,
    firstSeconds: (first - began) / 1000,
    cpuSeconds: user + system,
    besideSeconds: 0,
    brokerSeconds: 0,
    peakMiB: peak / 1024,
  }
}

const said = async (stream: Readable | null): Promise<string> => (stream === null ? '' : await text(stream))

/** A new folder for the data of each run: what one leaves must not help the next. */
export function freshData(folder: string): string {
  const data = join(folder, 'data')
  rmSync(data, { recursive: true, force: true })
  return data
}
