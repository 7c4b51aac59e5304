/**
 * The pieces of sessions: what the rows of one partition of a stream make of them, or those of one range of a file.
 *
 * A piece is [start, end), from its first row to the gap after its last. In a stream the open pieces of a key neither overlap
 * nor touch: a row that is between two of them makes them one, as in Flink. A piece is closed by the watermark of its own
 * partition; a row that comes then begins another one, even where the two overlap, or is late if that one is closed too.
 *
 * `reaches` is from when on a piece takes part in what other partitions have: from its start on, but not what its partition
 * had closed before the rows came. So two pieces are of one session where [reaches, end] of both meet; which do follows from
 * each partition alone, never from how partitions interleave, and pieces of one partition never meet.
 *
 * The pieces of a key are a list, in a stream in order of end, the last first. In batch mode, where rows come in any order and
 * none is late, a row looks at a few pieces alone, and `settle` makes sessions of them.
 */
import type { EventTime } from '../../base/quantity.ts'
import type { WallTime, WindowTime } from '../window/time.ts'
import { Calendar } from './calendar.ts'
import { type Content, type PiecesState, PieceTable } from './piece-table.ts'

/** Pieces that a row looks at in batch mode. */
const LOOKS = 4
/** A gap has this many hours of the calendar. */
const HOURS = 16

/** Rows of a batch that are put into pieces. */
export type PlacedRows = {
  readonly count: number
  /** The ids of their keys, or -1: the row is in no session. */
  readonly ids: Int32Array
  readonly walls: Float64Array
  /** Undefined in batch mode. */
  readonly watermark: Float64Array | undefined
  /** The slot of the piece of each row is put here; -1: it is late. */
  readonly slots: Int32Array
}

/** The pieces of one partition. */
export class Pieces {
  readonly table: PieceTable
  readonly #time: WindowTime
  readonly #calendar: Calendar
  /** The watermark that `leastOpen` was last asked for, and its answer. */
  #watermark: EventTime = Number.NaN
  #leastOpen: WallTime = -Infinity

  constructor(time: WindowTime, content: Content) {
    this.table = new PieceTable(content)
    this.#time = time
    this.#calendar = new Calendar(Math.max(1, Math.floor(time.size / HOURS)))
  }

  get bytes(): number {
    return this.table.bytes + this.#calendar.bytes
  }

  /** Opens the pieces of a state, in slots 0, 1, …, with `keys` keys. */
  restore(saved: PiecesState, keys: number): void {
    this.table.restore(saved, keys)
    for (let slot = 0; slot < saved.ends.length; slot++) this.relist(slot, saved.ends[slot] as number)
  }

  /** The least end of a window that a watermark has not closed. */
  leastOpen(watermark: EventTime): WallTime {
    if (this.#time.zone === undefined) return watermark + 2
    if (watermark !== this.#watermark) {
      this.#watermark = watermark
      this.#leastOpen = leastOpenEnd(this.#time, watermark)
    }
    return this.#leastOpen
  }

  /** Puts rows into pieces; their keys have ids below `keys`. */
  place(rows: PlacedRows, keys: number): void {
    this.table.reserveKeys(keys)
    if (rows.watermark === undefined) this.#placeAll(rows)
    else this.#placeInTime(rows, rows.watermark)
  }

  #placeAll({ count, ids, walls, slots }: PlacedRows): void {
    const gap = this.#time.size
    for (let row = 0; row < count; row++) {
      const id = ids[row] as number
      const start = walls[row] as number
      slots[row] = id < 0 ? -1 : this.take(id, start, start + gap)
    }
  }

  /** The piece, in batch mode, that has [start, end): one of the last of its key, or a new one. */
  take(id: number, start: WallTime, end: WallTime): number {
    const { starts, ends, next } = this.table
    let piece = this.table.heads[id] as number
    for (let look = 0; piece >= 0 && look < LOOKS; look++) {
      if (start <= (ends[piece] as number) && end >= (starts[piece] as number)) {
        if (end > (ends[piece] as number)) ends[piece] = end
        if (start < (starts[piece] as number)) starts[piece] = start
        return piece
      }
      piece = next[piece] as number
    }
    const slot = this.table.open(id, start, end)
    this.table.link(slot, -1)
    return slot
  }

  #placeInTime({ count, ids, walls, slots }: PlacedRows, watermark: Float64Array): void {
    const { table } = this
    const gap = this.#time.size
    for (let row = 0; row < count; row++) {
      const id = ids[row] as number
      if (id < 0) {
        slots[row] = -1
        continue
      }
      const start = walls[row] as number
      const end = start + gap
      const least = this.leastOpen(watermark[row] as number)
      let above = -1
      let piece = table.heads[id] as number
      while (piece >= 0 && (table.starts[piece] as number) > end) {
        above = piece
        piece = table.next[piece] as number
      }
      const last = piece < 0 ? -Infinity : (table.ends[piece] as number)
      if (last < start || last < least) {
        slots[row] = end < least ? -1 : this.#insert(id, start, Math.max(start, least), above)
        continue
      }
      slots[row] = piece
      if (end > last) table.ends[piece] = end
      const reaches = Math.max(start, least)
      if (reaches < (table.reaches[piece] as number)) table.reaches[piece] = reaches
      if (start >= (table.starts[piece] as number)) continue
      table.starts[piece] = start
      this.#absorb(piece, least, row)
    }
  }

  #insert(id: number, start: WallTime, reaches: WallTime, above: number): number {
    const end = start + this.#time.size
    const slot = this.table.open(id, start, end)
    this.table.reaches[slot] = reaches
    this.table.link(slot, above)
    this.relist(slot, end)
    return slot
  }

  /** Merges the open pieces that a piece has come to meet into it: those behind it. */
  #absorb(piece: number, least: WallTime, row: number): void {
    const { table } = this
    for (;;) {
      const lower = table.next[piece] as number
      const end = lower < 0 ? -Infinity : (table.ends[lower] as number)
      if (end < (table.starts[piece] as number) || end < least) return
      table.next[piece] = table.next[lower] as number
      table.join(piece, lower, row)
    }
  }

  /** Hands each piece that ends before a time to `look`, once; unless it is removed, it must then be listed again. */
  lookAt(before: WallTime, look: (slot: number) => void): void {
    const { table } = this
    const later: number[] = []
    this.#calendar.take(before, (slot) => {
      table.list(slot, false)
      if ((table.ids[slot] as number) < 0) return
      if ((table.ends[slot] as number) < before) look(slot)
      else later.push(slot)
    })
    for (const slot of later) this.relist(slot, table.ends[slot] as number)
  }

  /** Whether `lookAt` may find a piece. */
  mayEnd(before: WallTime): boolean {
    return this.#calendar.hasBefore(before)
  }

  /** Lets a piece be looked at again at a time, unless it will be anyway. */
  relist(slot: number, time: WallTime): void {
    if (this.table.isListed(slot)) return
    this.table.list(slot, true)
    this.#calendar.list(slot, time)
  }
}

/** Makes one of all pieces of a key that meet, in batch mode. Mostly they came in order of time, and none does. */
export function settle(table: PieceTable): void {
  const { ids, starts, ends, next } = table
  const mixed = new Set<number>()
  for (let slot = 0; slot < table.size; slot++) {
    const before = ids[slot] === -1 ? -1 : (next[slot] as number)
    if (before >= 0 && (starts[slot] as number) <= (ends[before] as number)) mixed.add(ids[slot] as number)
  }
  for (const id of mixed) {
    const pieces: number[] = []
    for (let piece = table.headOf(id); piece >= 0; piece = next[piece] as number) pieces.push(piece)
    table.heads[id] = settled(table, Int32Array.from(pieces))
  }
}

/** Settles the pieces of a key; returns the last, with which its list begins. */
function settled(table: PieceTable, pieces: Int32Array): number {
  const { starts, ends, next } = table
  pieces.sort((a, b) => (starts[a] as number) - (starts[b] as number) || a - b)
  let last = pieces[0] as number
  next[last] = -1
  for (let i = 1; i < pieces.length; i++) {
    const piece = pieces[i] as number
    if ((starts[piece] as number) <= (ends[last] as number)) table.join(last, piece, 0)
    else {
      next[piece] = last
      last = piece
    }
  }
  return last
}

/** No clock was ever moved by as much. */
const FAR = 30 * 3_600_000

/** Windows close in order of their ends. */
function leastOpenEnd(time: WindowTime, watermark: EventTime): WallTime {
  if (!Number.isFinite(watermark)) return watermark as number
  let closed = Math.floor(time.toWall(watermark)) - FAR
  let open = closed + 2 * FAR
  while (open - closed > 1) {
    const middle = Math.floor((closed + open) / 2)
    if (time.closing(middle) <= watermark) closed = middle
    else open = middle
  }
  return open
}
