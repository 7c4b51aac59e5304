/** Syslog: RFC 5424, and RFC 3164 as senders and daemons write it. Columns of what a line does not have are NULL. */
import { changedFailure, changeFailure } from '../../base/failure.ts'
import { zoneRules } from '../../base/timezone.ts'
import type { Records, StringColumn } from '../../record/column.ts'
import { recordText } from '../../record/records.ts'
import { INT, STRING, TIMESTAMP_LTZ } from '../../record/type.ts'
import type { DeclaredColumn } from '../declared-columns.ts'
import { fewLines } from '../few-lines.ts'
import { type Decoder, defineFormat, type Format } from '../format.ts'
import { recordDecoder } from '../scan/record-decoder.ts'
import { SyslogReader } from './reader.ts'
import { SyslogTime } from './time.ts'

type Options = {
  /** Of times without a zone; UTC by default. */
  readonly zone?: string | undefined
  /** Of times without a year; by default it follows from the arrival of the record. */
  readonly year?: number | undefined
}

const COLUMNS: readonly DeclaredColumn[] = [
  { field: { name: 'facility', type: INT } },
  { field: { name: 'severity', type: INT } },
  { field: { name: 'ts', type: TIMESTAMP_LTZ, rowtime: true } },
  ...['host', 'app', 'proc_id', 'msg_id', 'structured_data', 'message'].map((name) => ({
    field: { name, type: STRING },
  })),
]
const TS = 2
const HOST = 3
const APP = 4

export const syslog: Format = defineFormat<Options>({
  name: 'syslog',
  summary: 'Lines of syslog, RFC 5424 or RFC 3164, with a priority or as daemons write them into files.',
  options: ({ z }) => ({
    zone: z.string().min(1).optional(),
    year: z.int().min(1970).max(9999).optional(),
  }),
  open(options) {
    changeFailure(
      () => zoneRules(options.zone ?? 'UTC'),
      (failure) => changedFailure(failure, { part: ['zone'] }),
    )
    return {
      fields: COLUMNS.map(({ field }) => field),
      rowtime: TS,
      skipsFirstLine: false,
      readsArrival: options.year === undefined,
      decoder: (wanted) => makeDecoder(options, wanted),
    }
  },
  fit: syslogFit,
  variant: (sample) => (2 * countProtocol(sample) > sample.count ? 'RFC 5424' : 'RFC 3164'),
})

function makeDecoder({ zone = 'UTC', year }: Options, wanted: readonly number[]): Decoder {
  const time = new SyslogTime(zoneRules(zone), year)
  return recordDecoder(COLUMNS, wanted, (columns) => new SyslogReader(columns, time))
}

/** What programs write in the place of a host, in logs that are no syslog: `TIME ERROR logger: message`. */
const LEVEL = /^(trace|debug|info|notice|warn|warning|error|err|fatal|critical|crit|panic|severe|alert|emerg)$/i

/**
 * The share of lines that have an application too, and no level for a host: another log may begin with such a time and a word.
 * A year is not asked for, so any arrival will do.
 */
function syslogFit(sample: Records): number {
  const decode = makeDecoder({}, [APP, HOST])
  const countIn = (lines: Records) => {
    const { columns, count } = decode(lines, { add: () => undefined }, { arrival: 0, timestamps: [] })
    const [app, host] = columns as [StringColumn, StringColumn]
    let apps = 0
    for (let row = 0; row < count; row++) {
      if (app.nulls?.[row] !== 1 && !(host.nulls?.[row] !== 1 && LEVEL.test(hostAt(host, row)))) apps++
    }
    return apps
  }
  return countIn(fewLines(sample)) === 0 ? 0 : countIn(sample) / sample.count
}

const hostAt = ({ bytes, start, end }: StringColumn, row: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1', start[row], end[row])

/** How many lines have a version behind their priority, as RFC 5424 wants it. */
function countProtocol(sample: Records): number {
  let found = 0
  for (let line = 0; line < sample.count; line++) if (/^<\d{1,3}>1 /.test(recordText(sample, line))) found++
  return found
}
