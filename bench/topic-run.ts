/** Runs a pipeline on a disk that waits for the device or not: topic-run.ts synced|unsynced run FILE --until-end --data FOLDER */
import type { Disk } from '../src/base/disk/disk.ts'
import { nodeDisk } from '../src/base/disk/node-disk.ts'
import { runFile } from './run-file.ts'

const [how, , file, , , data] = process.argv.slice(2)
if (file === undefined || data === undefined) throw new Error('which pipeline, and where is its data?')
const unsynced: Disk = {
  ...nodeDisk,
  open: (path, access) => ({ ...nodeDisk.open(path, access), sync: async () => {} }),
  syncFolder: async () => {},
}
const summary = await runFile(file, data, { untilEnd: true, disk: how === 'unsynced' ? unsynced : nodeDisk })
process.stderr.write(`${JSON.stringify(summary)}\n`)
