/**
 * Rows of the access log as points: by the sink, from decoded columns, and by plain posts of the same bytes, which are there
 * beforehand. Three tags, two fields and a time in ms a point; two bodies of 10,000 points under way.
 */
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { DATABASE, type Influxdb } from '../../scripts/services/influxdb/influxdb.ts'
import { zoneRules } from '../../src/base/timezone.ts'
import { influxdb } from '../../src/sink/influxdb/influxdb.ts'
import { pointEncoder } from '../../src/sink/influxdb/line/encoder.ts'
import { checkedPoint } from '../../src/sink/influxdb/map-point.ts'
import { influxdbOptions } from '../../src/sink/influxdb/options.ts'
import { openTableRows } from '../../src/sink/table/rows.ts'
import { BATCH_ROWS, contextOf, deliveryOf } from './rows.ts'
import type { Writer } from './writer.ts'

const POINT = {
  bucket: DATABASE,
  tags: { host: 'host', method: 'http_method', status: 'status' },
  fields: { bytes: 'body_bytes', path: 'path' },
  time: 'ts',
  overwrites: 'accept',
}

const optionsFor = (url: string, measurement: string) => influxdbOptions.parse({ url, measurement, ...POINT })

/** The points of a delivery, encoded anew at each call. */
export function openEncoding(measurement: string): () => Uint8Array {
  const context = contextOf('.')
  const mapping = checkedPoint(optionsFor('http://127.0.0.1', measurement), context)
  const make = openTableRows({ name: '', columns: mapping.columns, key: undefined }, context)
  const encode = pointEncoder(mapping, zoneRules('UTC'))
  return () => encode(make(deliveryOf(0))).bytes
}

/** Two at a time. */
async function inTurns(rows: number, write: (n: number) => Promise<unknown>): Promise<void> {
  let last: Promise<unknown> = Promise.resolve()
  for (let n = 0; n * BATCH_ROWS < rows; n++) {
    const before = last
    last = write(n)
    await before
  }
  await last
}

/** The sink and its peer. */
export function influxdbWriters({ url }: Pick<Influxdb, 'url'>): readonly Writer[] {
  const ready = openEncoding('ready')().slice()
  return [
    {
      name: 'influxdb',
      async write(folder, rows) {
        await using open = await influxdb.open(optionsFor(url, 'made'), contextOf(folder))
        await inTurns(rows, (n) => open.write(deliveryOf(n)))
      },
    },
    {
      name: 'posts of ready bytes',
      async write(_, rows) {
        const agent = new Agent({ keepAlive: true })
        await inTurns(rows, () => post(`${url}/api/v2/write?bucket=${DATABASE}&precision=ms`, ready, agent))
        agent.destroy()
      },
    },
  ]
}

async function post(url: string, body: Uint8Array, agent: Agent): Promise<void> {
  const sent = request(url, { method: 'POST', agent, headers: { 'content-length': body.length } })
  sent.end(body)
  const [answer] = await once(sent, 'response')
  answer.resume()
  await once(answer, 'end')
  if (answer.statusCode !== 204) throw new Error(`InfluxDB answers ${answer.statusCode}`)
}
