/** Runs a pipeline on a disk that waits for the device or not: topic-run.ts synced|unsynced run FILE --until-end --data FOLDER */
import { systemClock } from '../src/base/clock.ts'
import type { Disk } from '../src/base/disk.ts'
import { nodeDisk } from '../src/base/node-disk.ts'
import { seededRandom } from '../src/base/random.ts'
import { checkPipeline } from '../src/pipeline/check/check.ts'
import { loadPipeline } from '../src/pipeline/file/load.ts'
import { runPipeline } from '../src/run/run.ts'
import { SharedOutput } from '../src/terminal/output.ts'

const [how, , file, , , data] = process.argv.slice(2)
if (file === undefined || data === undefined) throw new Error('which pipeline, and where is its data?')
const unsynced: Disk = {
  ...nodeDisk,
  open: (path, access) => ({ ...nodeDisk.open(path, access), sync: async () => {} }),
  syncFolder: async () => {},
}
const { pipeline } = checkPipeline(await loadPipeline(file, { environment: {}, overrides: [] }), systemClock.now())
const summary = await runPipeline(pipeline, {
  dataFolder: data,
  untilEnd: true,
  reset: new Map(),
  clock: systemClock,
  random: seededRandom(1),
  disk: how === 'unsynced' ? unsynced : nodeDisk,
  stop: new AbortController().signal,
  output: new SharedOutput(process.stdout),
  started() {},
  warn: (message) => process.stderr.write(`${message}\n`),
})
process.stderr.write(`${JSON.stringify(summary)}\n`)
