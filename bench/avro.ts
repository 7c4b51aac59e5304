/**
 * Records of payments in Avro (14 fields, most of them texts): decoded into columns, beside avsc, which makes an object of each record; and
 * written from columns, beside avsc from objects. In memory, on one thread, in turns; the figures are the thread's own time.
 *
 *   node bench/avro.ts [RECORDS]
 */
import { loadavg } from 'node:os'
import avsc from 'avsc'
import { readColumns } from '../src/format/avro/column-type.ts'
import { avroDecoder } from '../src/format/avro/decoder.ts'
import { putsOf } from '../src/format/avro/put.ts'
import { readSchema } from '../src/format/avro/schema.ts'
import { writeRows } from '../src/format/avro/writer.ts'
import { schemaOfRows } from '../src/format/avro/written-schema.ts'
import type { Batch, Records } from '../src/record/column.ts'
import { openMadeLog } from '../src/source/made/kinds.ts'
import { generatorOptions } from '../src/source/made/options.ts'
import { PAYMENT_FIELDS } from '../src/source/made/payments/payments.ts'
import { figure, median, save } from './measure.ts'

const RECORDS = Number(process.argv[2] ?? 1_000_000)
const ROUNDS = Number(process.env.BENCH_RUNS ?? 5)
const BATCH = 8192
const NOTHING = new Uint8Array(0)

const schema = schemaOfRows(PAYMENT_FIELDS, 'payment')
const { record } = readColumns(readSchema(schema))
const puts = putsOf(record, PAYMENT_FIELDS)
const refuse = (row: number, reason: string): never => {
  throw new Error(`row ${row}: ${reason}`)
}
const write = ({ columns }: Batch, from: number, to: number): Records =>
  writeRows(puts, NOTHING, { columns, from, to, refuse })

const log = openMadeLog(generatorOptions.parse({ like: 'payments' }), {
  place: undefined,
  capacity: BATCH,
  now: 0,
  encoder: { write },
})
const batch = log.make(BATCH)
const bytes = Buffer.from(batch.bytes.buffer, batch.bytes.byteOffset, batch.bytes.byteLength)
const records = Array.from({ length: batch.count }, (_, i) => bytes.subarray(batch.start[i], batch.end[i]))

const own = (names: readonly string[]) => {
  const wanted = PAYMENT_FIELDS.flatMap(({ name }, index) => (names.includes(name) ? [index] : []))
  return avroDecoder({ record, fields: PAYMENT_FIELDS, schemas: () => record, hasHead: false }, wanted)
}
const all = own(PAYMENT_FIELDS.map(({ name }) => name))
const three = own(['event_time', 'amount', 'country'])
const type = avsc.Type.forSchema(JSON.parse(schema), { wrapUnions: 'never' })
const objects = records.map((one) => type.fromBuffer(one) as object)
const rejects = { add: (i: number, byte: number, reason: string) => refuse(i, `${byte} ${reason}`) }
const columns = own(PAYMENT_FIELDS.map(({ name }) => name))(batch, rejects)

/** Kept, so that no work is left out. */
let seen = 0
const contenders = {
  ours: () => all(batch, rejects).count,
  oursThree: () => three(batch, rejects).count,
  avsc() {
    for (const one of records) if (type.fromBuffer(one) !== null) seen++
    return records.length
  },
  oursWriting: () => write(columns, 0, columns.count).count,
  avscWriting() {
    for (const one of objects) seen += type.toBuffer(one).length
    return objects.length
  },
}

const ownMicros = (): number => {
  const { user, system } = process.threadCpuUsage()
  return user + system
}

const times = new Map<string, number[]>(Object.keys(contenders).map((name) => [name, []]))
for (let round = -2; round < ROUNDS; round++) {
  for (const [name, turn] of Object.entries(contenders)) {
    const before = ownMicros()
    let count = 0
    while (count < RECORDS) count += turn()
    if (round >= 0) times.get(name)?.push((ownMicros() - before) / count)
  }
}
const perSecond = (name: keyof typeof contenders): number => 1e6 / median(times.get(name) ?? [])

const mean = (bytes.length / records.length).toFixed(0)
console.log(`records of ${mean} bytes, ${PAYMENT_FIELDS.length} fields; load ${loadavg()[0]?.toFixed(1)}; ${seen} seen`)
const rows = [
  figure('Avro, decoded, all fields', perSecond('ours'), 'records/s', { name: 'avsc', value: perSecond('avsc') }),
  figure('Avro, decoded, 3 of 14 fields', perSecond('oursThree'), 'records/s', {
    name: 'avsc',
    value: perSecond('avsc'),
  }),
  figure('Avro, written', perSecond('oursWriting'), 'records/s', { name: 'avsc', value: perSecond('avscWriting') }),
]
for (const { what, value, peer, ratio } of rows) {
  const millions = (rate: number | null): string => `${((rate ?? 0) / 1e6).toFixed(2)} M records/s`
  console.log(`${what.padEnd(32)} ${millions(value)}, avsc ${millions(peer)}: ahead by ${ratio?.toFixed(2)}`)
}
save('avro', rows)
