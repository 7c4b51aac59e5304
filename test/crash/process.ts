/**
 * The process that is killed: `tailrace run` on the pipeline of its folder, with small segments, and with a disk that, where
 * it is told to, kills the process with SIGKILL at the N-th of its operations that fit PATTERN: before it, or after half of
 * what a write writes. The last line that it says is then where that was.
 *
 *   node test/crash/process.ts FOLDER [--until-end] [--kill-at N PATTERN]
 */
import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../../src/base/clock.ts'
import type { Disk, DiskFile } from '../../src/base/disk.ts'
import { describeFailure, Failure } from '../../src/base/failure.ts'
import { nodeDisk } from '../../src/base/node-disk.ts'
import { seededRandom } from '../../src/base/random.ts'
import { checkPipeline } from '../../src/pipeline/check.ts'
import { loadPipeline } from '../../src/pipeline/load.ts'
import { runPipeline } from '../../src/pipeline/run.ts'
import { SEGMENT_BYTES } from './pipeline.ts'

const say = (text: string): void => void writeSync(2, `${text}\n`)

/** In place, because sinks use the disk itself and not an argument. */
function killAt(disk: Disk, last: number, pattern: RegExp): void {
  let operations = 0
  const real = { ...disk }
  const step = (what: string, path: string, torn?: () => void) => {
    if (!pattern.test(`${what} ${path}`) || ++operations < last) return
    torn?.()
    say(`killed before ${what} ${path}`)
    process.kill(process.pid, 'SIGKILL')
  }
  const open = (file: DiskFile): DiskFile => ({
    ...file,
    write(parts, position) {
      const all = Buffer.concat(parts)
      step(`write at ${position} of`, file.path, () => file.write([all.subarray(0, all.length >> 1)], position))
      file.write(parts, position)
    },
    truncate(size) {
      step(`truncate to ${size} of`, file.path)
      file.truncate(size)
    },
    async sync() {
      step('sync of', file.path)
      await file.sync()
      step('acknowledging a sync of', file.path)
    },
  })
  const spied: Disk = {
    ...real,
    open: (path, access) => {
      step(`open to ${access}`, path)
      return open(real.open(path, access))
    },
    async mkdir(folder) {
      step('making', folder)
      await real.mkdir(folder)
    },
    rename(from, to) {
      step('rename to', to)
      real.rename(from, to)
    },
    unlink(path) {
      step('unlink of', path)
      real.unlink(path)
    },
    async syncFolder(folder) {
      step('sync of folder', folder)
      await real.syncFolder(folder)
    },
  }
  Object.assign(disk, spied)
}

const [folder = '.', ...flags] = process.argv.slice(2)
const kill = flags.indexOf('--kill-at')
if (kill >= 0) killAt(nodeDisk, Number(flags[kill + 1]), new RegExp(flags[kill + 2] ?? ''))

const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())
try {
  const loaded = await loadPipeline(join(folder, 'p.yaml'), { environment: {}, overrides: [] })
  const { pipeline } = checkPipeline(loaded, systemClock.now())
  const summary = await runPipeline(pipeline, {
    dataFolder: join(folder, 'data'),
    untilEnd: flags.includes('--until-end'),
    reset: new Map(),
    clock: systemClock,
    random: seededRandom(1),
    disk: nodeDisk,
    segmentBytes: SEGMENT_BYTES,
    stop: stop.signal,
    stdout: process.stdout,
    interactive: false,
    started: () => say('runs'),
    warn: (message) => say(`warning: ${message}`),
  })
  say(JSON.stringify(summary))
} catch (error) {
  say(error instanceof Failure ? describeFailure(error) : String((error as Error).stack))
  process.exitCode = 1
}
