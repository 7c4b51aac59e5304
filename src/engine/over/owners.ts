/**
 * The owners of a running OVER (the combinations of PARTITION BY), each with the aggregates of its frame, which moves along its
 * rows in order of time: either one entry, where frames have no beginning, or the rows of the frame.
 */
import { assert } from '../../base/assert.ts'
import type { Duration, EventTime } from '../../base/quantity.ts'
import type { Batch, Column, StringColumn } from '../../record/column.ts'
import { Dictionary, type DictionaryState } from '../../record/dictionary.ts'
import { widened } from '../../record/gather.ts'
import { clearEntries, type Entries, makeEntries } from '../aggregate/entries.ts'
import type { WaitingRows } from '../waiting.ts'
import { Frames } from './frames.ts'
import type { FramesState } from './frames-state.ts'
import { Running } from './running.ts'
import type { OverSpec } from './spec.ts'
import { Tails, type TailsState } from './tails.ts'

/** Owners that are over are looked for this often within the time that rows are kept, and forgotten where they are a quarter. */
const LOOKS = 8

export type OwnersState = {
  readonly keys: DictionaryState
  readonly last: Float64Array
  readonly frames: FramesState | undefined
  readonly running: Entries | undefined
  /** Absent where there are no functions. */
  readonly tails?: TailsState | undefined
}

/** Rows of a batch, in order: who owns each, and its time. */
export type OwnedRows = { readonly owners: Int32Array; readonly times: Float64Array }

/** All owners, by their ids. */
export class Owners {
  readonly #spec: OverSpec
  readonly #keys: Dictionary
  /** One of the two. */
  readonly #frames: Frames | undefined
  readonly #running: Running | undefined
  /** For ROW_NUMBER and LAG, whose frames have no beginning. */
  readonly #tails: Tails | undefined
  /** The rows of a frame besides the current one; Infinity under RANGE. */
  readonly #rows: number
  /** How long a row stays in frames; Infinity under ROWS. */
  readonly #distance: Duration
  readonly #ttl: Duration
  /** Of each owner, the time of its last row; only with a ttl. */
  #last: Float64Array
  /** Rows before this slot are in no frame any more. */
  #expired = 0
  #lookAt: EventTime = -Infinity
  /** The slot of the first row of the batch at hand. */
  #first = 0
  readonly #out: Entries

  constructor(spec: OverSpec, saved: OwnersState | undefined) {
    const { frame, ttl, functions, input } = spec.plan
    this.#spec = spec
    this.#keys = saved === undefined ? new Dictionary() : Dictionary.restore(saved.keys)
    const isEndless = frame.from === -Infinity
    this.#frames = isEndless ? undefined : new Frames(spec, saved?.frames)
    this.#running = isEndless ? new Running(spec, saved?.running) : undefined
    assert(isEndless || functions.length === 0, 'the functions of a stream have no frame')
    this.#tails = functions.length === 0 ? undefined : new Tails(functions, input.fields, saved?.tails)
    this.#rows = frame.unit === 'rows' ? -frame.from : Infinity
    this.#distance = frame.unit === 'range' ? -frame.from : Infinity
    this.#ttl = ttl ?? Infinity
    this.#last = saved?.last.slice() ?? new Float64Array(0)
    this.#out = makeEntries(spec.layout, 0)
  }

  get size(): number {
    return this.#keys.size
  }

  get bytes(): number {
    return (
      this.#keys.bytes +
      this.#last.byteLength +
      ((this.#frames ?? this.#running)?.bytes ?? 0) +
      (this.#tails?.bytes ?? 0)
    )
  }

  /** Puts the ids of the owners of `count` rows into `ids`; new ones are added. */
  lookup(keys: StringColumn, count: number, ids: Int32Array): void {
    this.#keys.lookup(keys, 0, count, ids)
    const { size } = this
    this.#frames?.reserveOwners(size)
    this.#running?.reserveOwners(size)
    this.#tails?.reserveOwners(size)
    const known = this.#last.length
    if (this.#ttl < Infinity && size > known) this.#last = widened(this.#last, size).fill(-Infinity, known)
  }

  /**
   * The aggregates over the frame of each row of a batch, valid until the next call. Rows come in order of time, and all of one
   * time in one batch. `tidy` follows.
   */
  run(batch: Batch, rows: OwnedRows): Entries {
    const { times } = rows
    const { count } = batch
    clearEntries(this.#out, this.#spec.layout)
    this.#first = this.#frames?.add(batch) ?? 0
    this.#tails?.begin(batch)
    const hasPeers = this.#spec.plan.frame.unit === 'range'
    for (let from = 0; from < count; ) {
      let to = from + 1
      if (hasPeers) while (to < count && times[to] === times[from]) to++
      this.#addUp(batch, rows, from, to)
      if (this.#frames !== undefined) this.#move(this.#frames, rows, from, to)
      from = to
    }
    return this.#out
  }

  /** Adds peers to the entries of their owners, if these are what frames are. */
  #addUp(batch: Batch, { owners, times }: OwnedRows, from: number, to: number): void {
    const running = this.#running
    if (running === undefined) return
    if (this.#ttl < Infinity) {
      for (let row = from; row < to; row++) {
        const owner = owners[row] as number
        if (!this.#beginsAnew(owner, times[row] as number)) continue
        running.reset(owner)
        this.#tails?.reset(owner)
      }
    }
    if (this.#tails !== undefined) place(this.#tails, owners, from, to)
    running.add(batch, owners, from, to)
    for (let row = from; row < to; row++) running.result(owners[row] as number, this.#out)
  }

  /** The columns of the functions for the rows of the last batch, before `tidy`; valid until the next one. */
  placed(): readonly Column[] {
    return this.#tails?.columns() ?? []
  }

  /** Removes what is kept of rows that are not needed any more, if they are many. */
  tidy(): void {
    if (this.#frames?.tidy() === true) this.#expired = 0
    this.#tails?.tidy()
  }

  /** Moves the frames of the owners of peers to them. */
  #move(frames: Frames, { owners, times }: OwnedRows, from: number, to: number): void {
    for (let row = from; row < to; row++) {
      const owner = owners[row] as number
      const time = times[row] as number
      if (this.#ttl < Infinity && this.#beginsAnew(owner, time)) empty(frames, owner)
      for (let head = frames.headOf(owner); head >= 0; head = frames.headOf(owner)) {
        const isOut =
          (frames.times[head] as number) + this.#distance < time || (frames.counts[owner] as number) > this.#rows
        if (!isOut) break
        frames.pop(owner)
      }
      frames.push(owner, this.#first + row, time)
    }
    for (let row = from; row < to; row++) frames.result(owners[row] as number, this.#out)
  }

  #beginsAnew(owner: number, time: EventTime): boolean {
    const last = this.#last[owner] as number
    this.#last[owner] = time
    return time >= last + this.#ttl
  }

  /** Takes off the rows that are in the frame of no row after a time. */
  expire(time: EventTime): void {
    const frames = this.#frames
    if (frames === undefined || this.#distance === Infinity) return
    const { size } = frames
    let slot = this.#expired
    for (; slot < size && (frames.times[slot] as number) + this.#distance <= time; slot++) {
      const owner = frames.ownerOf(slot)
      if (frames.headOf(owner) === slot) frames.pop(owner)
    }
    this.#expired = slot
    if (frames.tidy()) this.#expired = 0
  }

  /**
   * Forgets owners of which nothing matters to rows after a time, if it is time to and they are many; but none of which a row
   * waits. Rows that wait are given the new ids.
   */
  forget(time: EventTime, waiting: WaitingRows): void {
    const kept = Math.min(this.#distance, this.#ttl)
    if (time < this.#lookAt || kept === Infinity) return
    this.#lookAt = time + Math.max(1, Math.ceil(kept / LOOKS))
    const { size } = this
    const isKept = new Uint8Array(size)
    for (let owner = 0; owner < size; owner++) {
      const isOver =
        this.#ttl < Infinity ? (this.#last[owner] as number) + this.#ttl <= time : this.#frames?.headOf(owner) === -1
      if (!isOver) isKept[owner] = 1
    }
    for (const slot of waiting.all()) isKept[waiting.ids[slot] as number] = 1
    const count = isKept.reduce((sum, is) => sum + is, 0)
    if (size - count < size / 4) return
    const frames = this.#frames
    if (frames !== undefined) for (let owner = 0; owner < size; owner++) if (isKept[owner] === 0) empty(frames, owner)
    const renamed = this.#keys.retain(isKept)
    frames?.rename(renamed)
    this.#running?.rename(renamed)
    this.#tails?.rename(renamed)
    if (this.#ttl < Infinity) this.#last = this.#last.filter((_, owner) => isKept[owner] === 1)
    waiting.rename(renamed)
  }

  snapshot(): OwnersState {
    this.#frames?.compact()
    this.#expired = 0
    assert(this.#ttl === Infinity || this.#last.length >= this.size, 'each owner has the time of its last row')
    return {
      keys: this.#keys.snapshot(),
      last: this.#last.slice(0, this.size),
      frames: this.#frames?.snapshot(),
      running: this.#running?.snapshot(),
      ...(this.#tails === undefined ? {} : { tails: this.#tails.snapshot() }),
    }
  }
}

/** Adds peers to their owners, and gives each of them what the last of its owner has. */
function place(tails: Tails, owners: Int32Array, from: number, to: number): void {
  for (let row = from; row < to; row++) tails.push(owners[row] as number, row)
  for (let row = from; row < to; row++) tails.result(owners[row] as number)
}

function empty(frames: Frames, owner: number): void {
  while (frames.headOf(owner) >= 0) frames.pop(owner)
}
