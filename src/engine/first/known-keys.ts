/**
 * What is known of each key: when a row of it was put out last, and for each partition from when on it has rows of the key. The
 * latter says whether a late row repeats one, from its own partition alone, so that it does not depend on the others.
 *
 * A key is over at a watermark that is `ttl` or more after all that is known of it. Then it is forgotten, sooner or later, which
 * changes nothing.
 */
import type { Duration, EventTime } from '../../base/quantity.ts'
import type { Batch, Column } from '../../record/column.ts'
import { Dictionary, type DictionaryState } from '../../record/dictionary.ts'
import { widened } from '../../record/gather.ts'
import { KeyWriter } from '../key/key.ts'
import type { WaitingRows } from '../waiting.ts'

export type KnownKeysState = {
  readonly dictionary: DictionaryState
  readonly out: Float64Array
  readonly seen: readonly Float64Array[]
}

/** Keys that are over are looked for this often within a `ttl`, and forgotten where they are a quarter. */
const LOOKS = 8

/** The keys, by their ids. */
export class KnownKeys {
  /** Of each key, the time of the last row put out; NaN: none. */
  out: Float64Array
  readonly #columns: readonly number[]
  /** Infinity: keys are never over. */
  readonly #ttl: Duration
  readonly #writer = new KeyWriter()
  readonly #dictionary: Dictionary
  /** Of each partition and key, the time from which on rows of the key repeat one; NaN: there was none on time. */
  readonly #seen: Float64Array[]
  #lookAt: EventTime = -Infinity

  constructor(
    plan: { readonly partitionBy: readonly number[]; readonly ttl: Duration | undefined },
    partitions: number,
    saved?: KnownKeysState,
  ) {
    this.#columns = plan.partitionBy
    this.#ttl = plan.ttl ?? Infinity
    this.#dictionary = saved === undefined ? new Dictionary() : Dictionary.restore(saved.dictionary)
    this.out = saved?.out.slice() ?? new Float64Array(0)
    this.#seen = Array.from({ length: partitions }, (_, index) => saved?.seen[index]?.slice() ?? new Float64Array(0))
  }

  get size(): number {
    return this.#dictionary.size
  }

  get bytes(): number {
    return this.#dictionary.bytes + this.out.byteLength * (1 + this.#seen.length)
  }

  /** Puts the ids of the keys of a batch into `ids`. */
  lookup(batch: Batch, ids: Int32Array): void {
    const columns = this.#columns.map((column) => batch.columns[column] as Column)
    this.#dictionary.lookup(this.#writer.write(columns, 0, batch.count, undefined), 0, batch.count, ids)
    const { size } = this.#dictionary
    const known = this.out.length
    if (size <= known) return
    const wider = (times: Float64Array) => widened(times, size).fill(Number.NaN, known)
    this.out = wider(this.out)
    this.#seen.forEach((seen, partition) => {
      this.#seen[partition] = wider(seen)
    })
  }

  /** Below zero if key `a` is before key `b`, by their bytes. */
  compare(a: number, b: number): number {
    return this.#dictionary.compare(a, b)
  }

  /** Notes a row that is on time. */
  note(partition: number, id: number, time: EventTime): void {
    const seen = this.#seen[partition] as Float64Array
    const from = seen[id] as number
    if (!(time >= from && time < from + this.#ttl)) seen[id] = time
  }

  /** Whether a late row repeats one that its partition had on time, which is not over at the watermark. */
  isRepeated(
    partition: number,
    id: number,
    { time, watermark }: { readonly time: EventTime; readonly watermark: EventTime },
  ): boolean {
    const from = this.#seen[partition]?.[id] as number
    return time >= from && time < from + this.#ttl && watermark < from + this.#ttl
  }

  /**
   * Forgets the keys that are over at the lowest watermark, if it is time to and they are many; but none of which a row
   * waits. Returns the new ids, -1 for keys that were forgotten; undefined: all are as they were.
   */
  forget(lowest: EventTime, waiting: Pick<WaitingRows, 'all' | 'ids'>): Int32Array | undefined {
    if (lowest < this.#lookAt || this.#ttl === Infinity) return undefined
    this.#lookAt = lowest + Math.ceil(this.#ttl / LOOKS)
    const { size } = this
    const isKept = new Uint8Array(size)
    for (const times of [this.out, ...this.#seen]) {
      for (let id = 0; id < size; id++) if ((times[id] as number) + this.#ttl > lowest) isKept[id] = 1
    }
    for (const slot of waiting.all()) isKept[waiting.ids[slot] as number] = 1
    const kept = isKept.reduce((sum, is) => sum + is, 0)
    if (size - kept < size / 4) return undefined
    const renamed = this.#dictionary.retain(isKept)
    const moved = (times: Float64Array) => {
      const to = new Float64Array(kept)
      for (let id = 0; id < size; id++) if (isKept[id] === 1) to[renamed[id] as number] = times[id] as number
      return to
    }
    this.out = moved(this.out)
    this.#seen.forEach((seen, partition) => {
      this.#seen[partition] = moved(seen)
    })
    return renamed
  }

  snapshot(): KnownKeysState {
    const { size } = this
    return {
      dictionary: this.#dictionary.snapshot(),
      out: this.out.slice(0, size),
      seen: this.#seen.map((seen) => seen.slice(0, size)),
    }
  }
}
