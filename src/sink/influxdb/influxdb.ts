/**
 * Writes rows as points to InfluxDB, or to a server that takes its line protocol at `/api/v2/write`. A point that is written again,
 * with the same measurement, tags and time, is the same point: so a retry after a lost answer, or a restart, changes nothing.
 */
import { Failure } from '../../base/failure.ts'
import { zoneRules } from '../../base/timezone.ts'
import { defineSink, type SinkType } from '../sink.ts'
import { openTableRows } from '../table/rows.ts'
import { pointEncoder } from './line/encoder.ts'
import { checkedPoint, mapPoint, pointHasMetadata } from './map-point.ts'
import { type InfluxdbOptions, influxdbOptions } from './options.ts'
import { openPointWriter } from './writer.ts'

export const influxdb: SinkType = defineSink<InfluxdbOptions>({
  name: 'influxdb',
  summary: 'Writes each row as a point of InfluxDB, or of VictoriaMetrics.',
  writes: 'idempotent',
  options: influxdbOptions,
  batch: { rows: 5000, bytes: 1 << 20, inFlight: 2 },
  check: (options, rows) => mapPoint(options, rows).mistakes,
  readsKept: pointHasMetadata,
  async connect(options, { folder, clock }) {
    const writer = await openPointWriter(options, { name: 'InfluxDB', folder, clock })
    try {
      const { version } = await writer.look()
      const server = version === undefined ? 'InfluxDB' : `InfluxDB ${version}`
      return { found: `${server} at ${options.url}, bucket ${options.bucket}`, failures: [], warnings: [] }
    } catch (error) {
      if (!(error instanceof Failure) || error.retryable) throw error
      return { found: undefined, failures: [error], warnings: [] }
    } finally {
      writer.close()
    }
  },
  async open(options, context) {
    const { name, folder, clock, timezone } = context
    const mapping = checkedPoint(options, context)
    await context.remember({ kind: 'elsewhere', path: `${options.url} bucket ${options.bucket}` })
    const writer = await openPointWriter(options, { name: `sink ${name}`, folder, clock })
    try {
      // The first write would find out, too; but a mistake shows at the start.
      await writer.look()
    } catch (error) {
      writer.close()
      throw error
    }
    /** Makers of points that no write uses: what one makes is valid until it makes the next. */
    const makers: ReturnType<typeof openMaker>[] = []
    const openMaker = () => ({
      makeRows: openTableRows({ name: options.bucket, columns: mapping.columns, key: undefined }, context),
      encode: pointEncoder(mapping, zoneRules(timezone)),
    })
    return {
      async write(delivery, giveUp) {
        const maker = makers.pop() ?? openMaker()
        try {
          return await writer.write(maker.makeRows(delivery), maker.encode, giveUp)
        } finally {
          makers.push(maker)
        }
      },
      // A write is durable once it is acknowledged.
      flush: async () => ({}),
      async [Symbol.asyncDispose]() {
        writer.close()
      },
    }
  },
})
