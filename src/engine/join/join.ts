/**
 * A join of bounded inputs. The rows of one side, the build side, are kept, with an index over their keys; those of the other, the
 * probe side, then pass it, batch by batch, and find their pairs. Probe rows that come before the build side is complete
 * wait. Rows come out in the order of the probe side, and for each in that of the build side; build rows without a pair come
 * last, where the join asks for them.
 */
import { assert } from '../../base/assert.ts'
import { type Batch, batchOfRows } from '../../record/column.ts'
import { sliceOf } from '../../record/slice.ts'
import type { Holder } from '../held.ts'
import type { Operator, OperatorState } from '../operator.ts'
import { RowStore, type RowsState, rowsBytes } from '../sort/row-store.ts'
import { type BuildRows, buildOf, indexBytes, refuseSecond, type SideName } from './build.ts'
import { Probe, type ProbeOptions } from './probe.ts'

export type JoinOptions = ProbeOptions & { readonly saved: OperatorState | undefined }

/** Rows of a batch that is put out of rows that are kept. */
const BATCH_ROWS = 1 << 12

/** A running join. */
export class Join implements Holder {
  /** Take the rows of each side. */
  readonly doors: Readonly<Record<SideName, Operator>>
  readonly #options: JoinOptions
  readonly #next: Operator
  readonly #pairing: Probe
  readonly #kept: RowStore
  /** Probe rows that came before the build side was complete. */
  readonly #waiting: RowStore
  #built: BuildRows | undefined
  #isProbeOver = false

  constructor(options: JoinOptions, next: Operator) {
    const { plan, build, saved } = options
    this.#options = { ...options, saved: undefined }
    this.#next = next
    this.#pairing = new Probe(options, next)
    const [own, other] = build === 'left' ? [plan.left, plan.right] : [plan.right, plan.left]
    this.#kept = new RowStore(own.fields, saved?.kept as RowsState | undefined)
    this.#waiting = new RowStore(other.fields, saved?.waiting as RowsState | undefined)
    const buildDoor = this.#door(
      (batch) => this.#kept.append(batch, undefined, batch.count),
      () => this.#complete(),
    )
    const probeDoor = this.#door(
      (batch) => this.#probe(batch),
      () => this.#endProbe(),
    )
    this.doors = build === 'left' ? { left: buildDoor, right: probeDoor } : { left: probeDoor, right: buildDoor }
  }

  /** All rows of the build side, where they are known beforehand. */
  bring(content: RowsState): void {
    this.#start(buildOf(content, this.#options))
  }

  get bytes(): number {
    const built = this.#built
    const rows = built === undefined || built.count === this.#kept.count ? this.#kept.bytes : rowsBytes(built)
    const { plan, build } = this.#options
    const keys = plan.keys.map((key) => key[build])
    return rows + this.#waiting.bytes + (built === undefined ? 0 : indexBytes(built, keys))
  }

  get groups(): number {
    return (this.#built?.count ?? this.#kept.count) + this.#waiting.count
  }

  addWindows(): void {}

  snapshot(): OperatorState {
    return { kept: this.#kept.snapshot(), waiting: this.#waiting.snapshot() }
  }

  #door(push: (batch: Batch) => void, end: () => void): Operator {
    return { push, end, advance() {} }
  }

  #complete(): void {
    const { count, columns } = this.#kept
    this.#start(buildOf({ count, columns }, this.#options))
    const { count: waiting, columns: rows } = this.#waiting
    for (let from = 0; from < waiting; from += BATCH_ROWS) {
      const to = Math.min(waiting, from + BATCH_ROWS)
      this.#pairing.push(
        batchOfRows(
          to - from,
          rows.map((column) => sliceOf(column, from, to)),
        ),
      )
    }
    this.#waiting.clear()
    if (this.#isProbeOver) this.#finish()
  }

  #start(built: BuildRows): void {
    if (this.#options.plan.demand === 'single') refuseSecond(built)
    this.#built = built
    this.#pairing.start(built)
  }

  #probe(batch: Batch): void {
    assert(!this.#isProbeOver, 'no rows come after the end')
    if (this.#built === undefined) this.#waiting.append(batch, undefined, batch.count)
    else this.#pairing.push(batch)
  }

  #endProbe(): void {
    this.#isProbeOver = true
    if (this.#built !== undefined) this.#finish()
  }

  #finish(): void {
    this.#pairing.finish()
    this.#next.end()
  }
}
