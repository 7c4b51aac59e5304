/** The rows that are written: lines of NASA's shape as LOG of the access-log pipeline, in deliveries of one partition. */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../src/base/clock.ts'
import { nodeDisk } from '../../src/base/disk/node-disk.ts'
import { loadFormat } from '../../src/format/all.ts'
import { recordsOf } from '../../src/record/records.ts'
import type { Delivery, SinkContext } from '../../src/sink/sink.ts'
import { generateAccessLog } from '../../src/source/made/lines/nasa-lines.ts'
import { SharedOutput } from '../../src/terminal/output.ts'

/** Rows of a delivery. */
export const BATCH_ROWS = 10_000

/** What goes into each column of LOG. */
export const COLUMNS = {
  id: { row_key: 'uuid' },
  timestamp: 'ts',
  source_ip: 'host',
  request: 'request',
  status_code: 'status',
  body_bytes: 'body_bytes',
  raw_message: { record: 'value' },
} as const

const format = (await loadFormat('common')).open({}, undefined)
const lines = Buffer.concat([...generateAccessLog({ seed: 1, lines: BATCH_ROWS })])
  .toString()
  .split('\n')
  .slice(0, BATCH_ROWS)
const records = recordsOf(lines)
const rows = format.decoder(format.fields.map((_, column) => column))(records, { add() {} })

/** The delivery number n; all have the same rows. As from a topic of two partitions, two may be under way. */
export const deliveryOf = (n: number): Delivery => ({
  partition: n % 2,
  baseOffset: Math.floor(n / 2) * BATCH_ROWS,
  records,
  rows,
})

/** Values of the same rows, without their names: what a program has that has read the lines itself. */
export const values: readonly (readonly [string, string, string, number, number | null, string])[] = lines.map(
  (line) => {
    const [, host = '', time = '', request = '', status = '', bytes = ''] =
      /^(\S+) \S+ \S+ \[(.*?)\] "(.*)" (\d+) (\S+)$/.exec(line) ?? []
    return [time, host, request, Number(status), bytes === '-' ? null : Number(bytes), line]
  },
)

/** The context of a sink of topic RAWLOG. */
export const contextOf = (folder: string): SinkContext => ({
  pipeline: 'bench',
  name: 'log',
  from: 'RAWLOG',
  topic: 'RAWLOG',
  partitions: 2,
  folder,
  data: { path: join(tmpdir(), 'none'), id: 'bench', host: 'here' },
  scratch: join(folder, '.scratch'),
  fields: format.fields,
  rowKey: undefined,
  rowKeyParts: undefined,
  rowtime: format.rowtime,
  timezone: 'UTC',
  clock: systemClock,
  disk: nodeDisk,
  state: undefined,
  remember: async () => {},
  output: new SharedOutput(process.stdout),
})
