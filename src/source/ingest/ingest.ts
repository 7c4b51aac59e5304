/**
 * Takes lines by HTTP POST from curl, a log shipper, any script. A request is answered with 200 once its lines are durable, and is
 * all or nothing: see `posted/posted-source.ts`. A request that is sent again with the same `Idempotency-Key` adds nothing: see
 * `keys.ts`.
 */
import * as z from 'zod'
import { eitherForm, shortForm } from '../../base/options.ts'
import { byteSize, duration } from '../../base/unit-options.ts'
import { checkPosted, listenForPosts, type PostedOptions, postedShape } from '../posted/options.ts'
import { type PostAnswer, PostedSource, type RequestForm } from '../posted/posted-source.ts'
import { defineSource, fitting, longestLine, type SourceContext, type SourceType } from '../source.ts'
import { whyNotListening } from '../tcp-listen.ts'
import { type KeyLimits, keyedBy, RecentKeys } from './keys.ts'
import { checkLinesType, keyOf, linesOfBody } from './request.ts'

/** Each key that is remembered takes about 200 bytes of memory. */
const MAX_KEYS = 5_000_000

type Options = PostedOptions & { readonly max_line: number; readonly keys: KeyLimits }

/** `keys: 600` is short for its `count`. */
const keyLimits = eitherForm(
  z.strictObject({
    count: z.int().min(1).max(MAX_KEYS).prefault(200_000),
    time: duration.refine((time) => time > 0, 'keys must be remembered for longer than nothing').prefault('1d'),
  }),
  (value) => (typeof value === 'number' ? { count: value } : value),
  { type: 'integer' },
)

export const ingest: SourceType = defineSource<Options>({
  name: 'ingest',
  summary: 'Takes lines by HTTP POST, and answers once they are durable: listens on 127.0.0.1 unless told otherwise.',
  oneHost: () => 'listens on an address of one machine',
  replayable: false,
  options: shortForm(
    'listen',
    z
      .strictObject({ ...postedShape, max_line: byteSize.prefault('1MiB'), keys: keyLimits.prefault({}) })
      .check(checkPosted),
  ),
  listens: ({ listen: address }) => [address],
  lookAhead: ({ listen: address }) => whyNotListening(address),
  async open(options, context) {
    const { server, address } = await listenForPosts(options, context, 'lines')
    const form = linesForm(options, context)
    return new PostedSource({ server, describe: `ingest ${address}`, options, form, context })
  },
})

/** Requests with lines, at `/` and at `/NAME` of the source. */
function linesForm(options: Options, context: SourceContext): RequestForm {
  const longest = longestLine(options.max_line, context)
  return {
    takes: 'lines',
    paths: ['/', `/${context.name}`],
    maxBody: fitting(options.max_body, context),
    whenLate: 'with an Idempotency-Key, sending it again adds nothing',
    checkContent(headers) {
      checkLinesType(headers['content-type'])
      keyOf(headers)
    },
    keys: (fail) =>
      new RecentKeys(context.places, options.keys, {
        clock: context.clock,
        journal: context.journal,
        warn: context.warn,
        fail,
      }),
    read(body, headers) {
      const key = keyOf(headers)
      const lines = linesOfBody(body, { longest, type: headers['content-type'] }, context)
      return {
        appends: lines.count === 0 ? [] : [lines],
        keyed: key === undefined ? undefined : keyedBy(key, body),
        answer: (isRepeated) => json({ lines: lines.count, ...(isRepeated && { repeated: true }) }),
      }
    },
    refused: (message) => json({ error: message }),
  }
}

const json = (body: object): PostAnswer => ({ type: 'application/json', body: `${JSON.stringify(body)}\n` })
