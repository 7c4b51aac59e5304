/**
 * Which folder a row belongs in, by its event time and the wall clock of the pipeline's time zone. Rows whose times are in
 * one multiple of the path's unit share a folder: the number of that multiple is their bucket.
 */
import { type ZoneRules, zoneRules } from '../../base/timezone.ts'
import type { Batch } from '../../record/column.ts'
import type { SinkContext } from '../sink.ts'
import type { DatedPath } from './dated-path.ts'

/** Names of folders that are remembered; beyond that they are made again. */
const KNOWN_LIMIT = 1000

/** The folders of a dated path. */
export class Folders {
  readonly #path: DatedPath
  readonly #zone: ZoneRules
  /** Index of the column with the event time; undefined: nothing is dated. */
  readonly #rowtime: number | undefined
  /** Whether the event time is an instant, and not yet of a wall clock. */
  readonly #isInstant: boolean
  readonly #known = new Map<number, string>()

  constructor(path: DatedPath, { timezone, fields, rowtime }: Pick<SinkContext, 'timezone' | 'fields' | 'rowtime'>) {
    this.#path = path
    this.#zone = zoneRules(timezone)
    this.#rowtime = path.isDated ? rowtime : undefined
    this.#isInstant = rowtime !== undefined && fields[rowtime]?.type.kind === 'TIMESTAMP_LTZ'
  }

  /** The bucket of each row; NaN: its time is NULL or undated. */
  bucketsOf({ columns, count }: Batch): Float64Array {
    const buckets = new Float64Array(count)
    const column = this.#rowtime === undefined ? undefined : columns[this.#rowtime]
    if (column?.kind !== 'double') return buckets
    for (let row = 0; row < count; row++) {
      const time = column.values[row] as number
      const wall = this.#isInstant ? time + this.#zone.offsetAt(time) : time
      buckets[row] = column.nulls?.[row] === 1 ? Number.NaN : Math.floor(wall / this.#path.unitMs)
    }
    return buckets
  }

  /** The folder of a bucket; of NaN, the one for what has no event time. */
  of(bucket: number): string {
    const known = this.#known.get(bucket)
    if (known !== undefined) return known
    const folder = Number.isNaN(bucket) ? this.#path.undated : this.#path.folder(bucket * this.#path.unitMs)
    if (this.#known.size >= KNOWN_LIMIT) this.#known.clear()
    this.#known.set(bucket, folder)
    return folder
  }
}
