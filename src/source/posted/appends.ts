/**
 * Appends the lines of requests: request n to partition n modulo the number of partitions, all of its lines in one append.
 * While an append of a partition is not durable, later requests for it wait, and go into the next one together: each request
 * is still there whole or not at all, and keys that are not durable yet are carried by one later append, not by hundreds.
 */
import type { Clock } from '../../base/clock.ts'
import type { Records } from '../../record/column.ts'
import { joinRecords, sliceRecords } from '../../record/records.ts'
import { type Deliver, fitting, type SourceContext } from '../source.ts'
import type { KeyedRequest, RequestKeys } from './request-keys.ts'

/** Bytes of the requests that go into one append together. */
const TOGETHER_BYTES = 1 << 20

/** The most bytes that a record has besides its line. */
const LINE_BYTES = 16

/** The most bytes that one append of the topic takes, as `splitForAppends` counts them. */
export const mostOfAppend = (context: SourceContext): number => fitting(Number.POSITIVE_INFINITY, context)

/** Lines in as few parts as possible, each of `most` bytes at most, or of one line. */
export function splitForAppends(lines: Records, most: number): readonly Records[] {
  const parts: Records[] = []
  let from = 0
  let bytes = 0
  for (let line = 0; line < lines.count; line++) {
    const own = (lines.end[line] as number) - (lines.start[line] as number) + LINE_BYTES
    if (line > from && bytes + own > most) {
      parts.push(copyOf(lines, from, line))
      from = line
      bytes = 0
    }
    bytes += own
  }
  if (from === 0) return lines.count === 0 ? [] : [lines]
  return [...parts, copyOf(lines, from, lines.count)]
}

/** Lines [from, to) over bytes of their own. */
function copyOf(lines: Records, from: number, to: number): Records {
  const base = lines.start[from] as number
  const bytes = Buffer.from(lines.bytes.subarray(base, lines.end[to - 1]))
  const { start, end, count } = sliceRecords(lines, from, to)
  return { bytes, start: start.map((at) => at - base), end: end.map((at) => at - base), count }
}

type Waiting = {
  readonly number: number
  readonly lines: Records
  readonly keyed: KeyedRequest | undefined
  /** When it came, by `Clock.elapsed`. */
  readonly since: number
  readonly durable: PromiseWithResolvers<void>
  readonly delivered: PromiseWithResolvers<void>
}

type PartitionAppends = { readonly waiting: Waiting[]; isBusy: boolean }

export type RequestAppendsOptions = {
  readonly context: SourceContext
  readonly keys: RequestKeys
  /** Takes the first failure, after which nothing is appended. */
  fail(error: unknown): void
}

/** The appends of one source. */
export class RequestAppends {
  readonly #options: RequestAppendsOptions
  readonly #clock: Clock
  readonly #most: number
  readonly #partitions: readonly PartitionAppends[]
  /** Requests whose lines are not durable yet, the oldest first. */
  readonly #open = new Set<Waiting>()
  #isClosed = false
  #failure: { readonly cause: unknown } | undefined
  #request: number
  #line: number

  constructor(options: RequestAppendsOptions) {
    const { context } = options
    this.#options = options
    this.#clock = context.clock
    this.#most = fitting(TOGETHER_BYTES, context)
    this.#partitions = context.places.map(() => ({ waiting: [], isBusy: false }))
    this.#request = greatest(context, 'request')
    this.#line = greatest(context, 'line')
  }

  /** Lines that were delivered, those of earlier runs included. */
  get line(): number {
    return this.#line
  }

  /** How long the oldest request waits to be durable, ms. */
  waited(): number {
    const [oldest] = this.#open
    return oldest === undefined ? 0 : this.#clock.elapsed() - oldest.since
  }

  /** Appends the lines of a request. `durable` rejects where they cannot be kept; `delivered` never does. */
  add(deliver: Deliver, lines: Records, keyed: KeyedRequest | undefined): Pick<Waiting, 'durable' | 'delivered'> {
    const number = this.#request++
    const one: Waiting = {
      number,
      lines,
      keyed,
      since: this.#clock.elapsed(),
      durable: Promise.withResolvers(),
      delivered: Promise.withResolvers(),
    }
    if (this.#failure !== undefined) {
      one.durable.reject(this.#failure.cause)
      one.delivered.resolve()
      return one
    }
    if (keyed !== undefined) this.#options.keys.add(keyed, one.durable.promise)
    const partition = number % this.#partitions.length
    const { waiting, isBusy } = this.#of(partition)
    this.#open.add(one)
    waiting.push(one)
    if (!isBusy) void this.#append(deliver, partition)
    return one
  }

  /** Appends nothing more: requests that still wait have been answered with an error. */
  close(): void {
    this.#isClosed = true
  }

  #of(partition: number): PartitionAppends {
    return this.#partitions[partition] as PartitionAppends
  }

  /** Appends what waits for a partition until nothing does. */
  async #append(deliver: Deliver, partition: number): Promise<void> {
    const { keys } = this.#options
    const appends = this.#of(partition)
    appends.isBusy = true
    try {
      while (appends.waiting.length > 0) {
        await keys.whenRoom(partition)
        if (this.#isClosed) return
        await this.#appendTogether(deliver, partition)
      }
    } finally {
      appends.isBusy = false
    }
  }

  async #appendTogether(deliver: Deliver, partition: number): Promise<void> {
    const { keys } = this.#options
    const together = this.#next(partition)
    const added = together.flatMap(({ keyed }) => (keyed === undefined ? [] : [keyed]))
    const lines = joinRecords(together.map((one) => one.lines))
    this.#line += lines.count
    const request = (together.at(-1)?.number ?? 0) + 1
    const place = { line: this.#line, request, ...keys.carry(partition, added) }
    const { promise: appended, resolve, reject } = Promise.withResolvers<void>()
    const share = { partition, appended: (durable: Promise<void>) => void durable.then(resolve, reject) }
    deliver(lines, place, share)
      .catch((error) => {
        this.fail(error)
        reject(error)
      })
      .finally(() => {
        for (const { delivered } of together) delivered.resolve()
      })
    try {
      await appended
      keys.kept(partition, request)
      for (const one of together) this.#settle(one, () => one.durable.resolve())
    } catch (error) {
      // Later appends would carry these keys although their lines are not there, so nothing more is taken.
      this.fail(error)
      for (const one of together) this.#settle(one, () => one.durable.reject(error))
    }
  }

  /** The requests that go into the next append of a partition: at least one. */
  #next(partition: number): readonly Waiting[] {
    const { waiting } = this.#of(partition)
    const room = this.#options.keys.room(partition)
    let count = 0
    for (let bytes = 0; count < Math.min(waiting.length, room); count++) {
      const { lines } = waiting[count] as Waiting
      bytes += lines.bytes.length + lines.count * LINE_BYTES
      if (count > 0 && bytes > this.#most) break
    }
    return waiting.splice(0, count)
  }

  /** Appends nothing more, and rejects what waits. */
  fail(error: unknown): void {
    this.#isClosed = true
    this.#failure ??= { cause: error }
    this.#options.fail(error)
    for (const { waiting } of this.#partitions) {
      for (const one of waiting.splice(0)) {
        this.#settle(one, () => one.durable.reject(error))
        one.delivered.resolve()
      }
    }
  }

  #settle(one: Waiting, settle: () => void): void {
    this.#open.delete(one)
    settle()
  }
}

function greatest({ places }: SourceContext, key: 'line' | 'request'): number {
  return places.reduce((most, place) => Math.max(most, Number(place?.[key] ?? 0)), 0)
}
