/**
 * Posts points to `/api/v2/write`. A post can be repeated: the same points with the same tags and times are the same points.
 * https://docs.influxdata.com/influxdb/v2/api/v2/#operation/PostWrite
 */
import type { Clock } from '../../base/clock.ts'
import type { Failure } from '../../base/failure.ts'
import { openAskedPause } from '../../client/http/asked-pause.ts'
import { type HttpAnswer, type HttpClient, openHttpClient } from '../../client/http/client.ts'
import type { Refusal } from '../sink.ts'
import { refusalOf, type TableRows } from '../table/rows.ts'
import { answered, messageOf, writeFailure } from './answer.ts'
import type { EncodePoints } from './line/encoder.ts'
import type { InfluxdbOptions } from './options.ts'

/** The most bytes of an answer: it may name each line that it refuses. */
const MOST_ANSWER = 4 << 20
/** A server that asks for a longer pause is asked again after this one. */
const LONGEST_PAUSE_MS = 60_000

export type PointWriter = {
  /** Resolves to what the server says of itself. Rejects with a Failure where nothing can be written; nothing is. */
  look(): Promise<{ readonly version: string | undefined }>
  /** Writes the points of rows. Rejects with a Failure where they are not known to be written. */
  write(rows: TableRows, encode: EncodePoints, giveUp: AbortSignal | undefined): Promise<Refusal | undefined>
  close(): void
}

type WriterContext = { readonly name: string; readonly folder: string; readonly clock: Clock }

/** A writer to one bucket. Rejects with a Failure where a file of `tls` cannot be read. */
export async function openPointWriter(options: InfluxdbOptions, context: WriterContext): Promise<PointWriter> {
  const { bucket, gzip } = options
  const client = await openClient(options, context)
  const url = writeUrl(options)
  const place = { url: options.url, bucket }
  const askedPause = openAskedPause(context.clock, LONGEST_PAUSE_MS)
  const post = async (body: Uint8Array, giveUp: AbortSignal | undefined): Promise<HttpAnswer> => {
    await askedPause.wait(giveUp)
    const answer = await client.send({
      method: 'POST',
      url,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body,
      gzip: gzip && body.length > 0,
      ...(giveUp !== undefined && { signal: giveUp }),
    })
    if (answer.status === 429 || answer.status === 503) askedPause.note(answer)
    return answer
  }
  const failureOf = (answer: HttpAnswer): Failure => writeFailure(answer, place, client.refusal(answer))
  return {
    async look() {
      const answer = await post(NOTHING, undefined)
      const isTaken = answer.status >= 200 && answer.status < 300
      if (!isTaken && !NO_POINTS.test(messageOf(answer.body))) throw failureOf(answer)
      const version = answer.headers['x-influxdb-version']
      return { version: version === 'unknown' ? undefined : version }
    },
    async write(rows, encode, giveUp) {
      for (;;) {
        const points = encode(rows)
        if (points.count === 0) return refusalOf(rows)
        const answer = await post(points.bytes, giveUp)
        const found = answered(answer, points)
        switch (found.kind) {
          case 'failed':
            throw failureOf(answer)
          case 'batch':
            return found
          case 'rows':
            for (const [row, reason] of found.refused) rows.refused.set(row, reason)
            // Version 2 may have taken none of the others.
            if (!found.areAll) continue
            break
          case 'taken':
        }
        return refusalOf({ refused: new Map([...rows.refused].toSorted(([a], [b]) => a - b)) })
      }
    },
    close: () => client.close(),
  }
}

const NOTHING = new Uint8Array(0)
/** What version 2 answers to a body without points, once it knows the token and the bucket. */
const NO_POINTS = /writing requires points/

const openClient = ({ token, timeout, tls }: InfluxdbOptions, { name, folder }: WriterContext): Promise<HttpClient> =>
  openHttpClient(
    {
      headers: {},
      ...(token !== undefined && { auth: { header: { name: 'Authorization', value: `Token ${token}` } } }),
      timeout,
      tls,
    },
    { folder, of: name, maxAnswer: MOST_ANSWER },
  )

function writeUrl({ url, org, bucket, precision }: InfluxdbOptions): string {
  const whole = new URL(url)
  whole.pathname = `${whole.pathname.replace(/\/$/, '')}/api/v2/write`
  whole.search = new URLSearchParams({ ...(org !== undefined && { org }), bucket, precision }).toString()
  return whole.href
}
