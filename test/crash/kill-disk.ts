/**
 * Makes the disk of this process kill it with SIGKILL at the N-th operation that matches PATTERN: before it, or after half
 * of a write. The last line that the process prints then names the operation. It is imported before anything else, by
 * `process.ts`, or by `node --import` before the command line itself. TAILRACE_CRASH_DISK is one of:
 *
 *   {"at": N, "pattern": "…", "running": true}   with `running`, counts only after the start of the pipeline
 *   {"stuck": "…"}                               fails writes to a matching file, as on a full disk
 */
import { writeSync } from 'node:fs'
import type { Disk, DiskFile } from '../../src/base/disk/disk.ts'
import { nodeDisk } from '../../src/base/disk/node-disk.ts'
import { Failure } from '../../src/base/failure.ts'

export type Orders = {
  readonly at?: number
  readonly pattern?: string
  readonly running?: boolean
  readonly stuck?: string
}

const orders = JSON.parse(process.env.TAILRACE_CRASH_DISK ?? '{}') as Orders
const pattern = new RegExp(orders.pattern ?? '')
const stuck = orders.stuck === undefined ? undefined : new RegExp(orders.stuck)
let isCounting = orders.running !== true
let operations = 0

/** Prints a line at once: a process that is killed loses buffered output. */
export const say = (text: string): void => void writeSync(2, `${text}\n`)

/** The pipeline has started: operations of `running` count from here on. */
export function nowRunning(): void {
  isCounting = true
}

function step(what: string, path: string, torn?: () => void): void {
  if (orders.at === undefined || !isCounting || !pattern.test(`${what} ${path}`) || ++operations < orders.at) return
  torn?.()
  say(`killed before ${what} ${path}`)
  process.kill(process.pid, 'SIGKILL')
}

const spyOn = (file: DiskFile): DiskFile => ({
  ...file,
  write(buffers, position) {
    if (stuck?.test(file.path)) throw new Failure('full', `${file.path} is stuck`, { retryable: true })
    const all = Buffer.concat(buffers)
    step(`write at ${position} of`, file.path, () => file.write([all.subarray(0, all.length >> 1)], position))
    file.write(buffers, position)
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

const real = { ...nodeDisk }
const spied: Disk = {
  ...real,
  open(path, access) {
    step(`open to ${access}`, path)
    return spyOn(real.open(path, access))
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
// In place, because sinks use this disk and not an argument.
Object.assign(nodeDisk, spied)
