/**
 * The source of a test: it brings in what the steps of the test send to a topic, as any other source would. Lines are one
 * stream, as those of a connection, in which a header or a record of several lines may span steps.
 */
import * as z from 'zod'
import { slept } from '../base/clock.ts'
import type { Records } from '../record/column.ts'
import { LineCutter } from '../record/line-cutter.ts'
import { recordsOf } from '../record/records.ts'
import type { OtherNames } from '../record/spans.ts'
import { namesFailure } from '../source/other-names.ts'
import {
  type Deliver,
  defineSource,
  fitting,
  type Share,
  type Source,
  type SourceContext,
  type SourceType,
} from '../source/source.ts'

/** The most bytes of a line. */
const LONGEST_LINE = 1 << 20

export type Sent = {
  /** Lines of the stream, lines of a file, or one record. */
  readonly kind: 'stream' | 'file' | 'record'
  readonly bytes: Uint8Array
  readonly partition?: number | undefined
  readonly key?: string | undefined
  /** The file that they are from. */
  readonly path?: string | undefined
}

export type Script = {
  readonly type: SourceType
  /** Resolves when the source has handed it over. Rejects where the lines cannot be its own. */
  send(sent: Sent): Promise<void>
  /** Ends the input. */
  end(): void
}

type Job = { readonly sent: Sent | 'quiet'; readonly done: PromiseWithResolvers<void> }

/** A source that has nothing to say yet. */
export function openScript(): Script {
  const jobs: Job[] = []
  let wake = Promise.withResolvers<void>()
  let hasEnded = false
  const add = (sent: Sent | 'quiet'): Promise<void> => {
    const job = { sent, done: Promise.withResolvers<void>() }
    jobs.push(job)
    wake.resolve()
    return job.done.promise
  }
  /** The next of what was sent; undefined at the end. */
  const next = async (signal: AbortSignal): Promise<Job | undefined> => {
    signal.addEventListener('abort', () => wake.resolve(), { once: true })
    while (jobs.length === 0 && !hasEnded && !signal.aborted) {
      await wake.promise
      wake = Promise.withResolvers()
    }
    return signal.aborted ? undefined : jobs.shift()
  }
  const type = defineSource({
    name: 'test',
    summary: 'Brings in what a test says.',
    options: z.unknown(),
    replayable: false,
    open: async (_, context) =>
      openSource(context, { next, isIdle: () => jobs.length === 0, quiet: () => add('quiet') }),
  })
  return {
    type,
    send: add,
    end() {
      hasEnded = true
      wake.resolve()
    },
  }
}

type Jobs = {
  next(signal: AbortSignal): Promise<Job | undefined>
  isIdle(): boolean
  /** Says that nothing more comes for a record that might go on. */
  quiet(): Promise<void>
}

function openSource(context: SourceContext, { next, isIdle, quiet }: Jobs): Source {
  const { signal, form, clock, name } = context
  const makeCutter = () =>
    new LineCutter(
      fitting(LONGEST_LINE, context),
      {
        tooLong: () => context.warn('a line of more than 1 MiB is left out'),
        names: (names: OtherNames) => {
          throw namesFailure(`topic ${name}`, names)
        },
      },
      0,
      form,
    )
  const cutter = makeCutter()
  let isBusy = false
  let line = 0
  let waiting = new AbortController()
  const waits = () => form?.waitMs !== undefined && cutter.holdsLines
  /** A record that may go on has ended once nothing has come for a while. */
  const watch = async (): Promise<void> => {
    waiting.abort()
    waiting = new AbortController()
    if (form?.waitMs === undefined || !cutter.holdsLines) return
    if (await slept(clock, form.waitMs, AbortSignal.any([waiting.signal, signal]))) await quiet()
  }
  const work = async (sent: Job['sent'], deliver: Deliver): Promise<void> => {
    const take = async (records: Records, of?: Share) => {
      if (records.count === 0) return
      if (of === undefined || !('partition' in of)) line += records.count
      await deliver(records, { line }, of)
    }
    if (sent === 'quiet') return take(cutter.lines(cutter.wholeRest()))
    if (sent.kind === 'stream') {
      await take(cutter.lines(cutter.add(sent.bytes)))
      void watch()
      return
    }
    if (sent.kind === 'record') return take(recordsOf([sent.bytes]), shareOf(sent))
    const own = makeCutter()
    await take(own.lines(own.add(sent.bytes)), shareOf(sent))
    await take(own.lines(own.rest()), shareOf(sent))
    await take(own.lines(own.wholeRest()), shareOf(sent))
  }
  return {
    describe: `what the test sends to ${name}`,
    async run(deliver) {
      for (let job = await next(signal); job !== undefined; job = await next(signal)) {
        isBusy = true
        await work(job.sent, deliver).then(job.done.resolve, job.done.reject)
        isBusy = false
      }
      waiting.abort()
      if (!signal.aborted) await work('quiet', deliver)
    },
    atRest: () => isIdle() && !isBusy && !waits(),
    async [Symbol.asyncDispose]() {
      waiting.abort()
    },
  }
}

function shareOf({ partition, key, path }: Sent): Share | undefined {
  const appended = (durable: Promise<void>) => void durable.catch(() => undefined)
  if (partition !== undefined || key !== undefined) {
    const bytes = key ?? path
    return { partition: partition ?? 0, ...(bytes !== undefined && { key: Buffer.from(bytes) }), appended }
  }
  return path === undefined ? undefined : { file: path, appended }
}
