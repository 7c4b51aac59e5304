/**
 * A part of the rows of a bounded OVER that is computed at once: whole owners, their rows in order. Rows are known by their
 * places in the section, from 0 on; the frame of a row are the places from `from` to before `to`.
 */
import type { BigintColumn, Column, IntColumn } from '../../record/column.ts'
import type { OrderKey, RowFrame } from '../../sql/plan/plan.ts'
import { peersBy } from './in-order.ts'

export type Section = {
  /** The columns of all rows, those that anything over the window uses; and which rows are at the places of the section. */
  readonly columns: readonly (Column | undefined)[]
  readonly rows: Int32Array
  /** Of each owner its first place; then the number of rows. */
  readonly bounds: Int32Array
}

/** Of each place, the first of its peers and the place behind the last: those that are equal in the order. */
export type RowPeers = { readonly first: Int32Array; readonly end: Int32Array }

/** The peers of all rows of a section; without an order all rows of an owner are peers. `numbers`: those of `numbersOf`. */
export function peersOf(section: Section, order: readonly OrderKey[], numbers: Float64Array | undefined): RowPeers {
  const { columns, rows, bounds } = section
  const first = new Int32Array(rows.length)
  const end = new Int32Array(rows.length)
  const arePeers = numbers === undefined ? peersBy(order, columns as readonly Column[]) : undefined
  for (let owner = 0; owner + 1 < bounds.length; owner++) {
    const stop = bounds[owner + 1] as number
    for (let from = bounds[owner] as number; from < stop; ) {
      let to = from + 1
      if (order.length === 0) to = stop
      else if (numbers !== undefined) while (to < stop && areSame(numbers, to)) to++
      else while (to < stop && arePeers?.(rows[to - 1] as number, rows[to] as number) === true) to++
      for (let place = from; place < to; place++) {
        first[place] = from
        end[place] = to
      }
      from = to
    }
  }
  return { first, end }
}

/** Whether a number is the one before it; a NaN is, too. */
const areSame = (numbers: Float64Array, place: number): boolean =>
  numbers[place] === numbers[place - 1] || Object.is(numbers[place], numbers[place - 1])

export type FrameEnds = { readonly from: Int32Array; readonly to: Int32Array }

export type OrderOf = {
  readonly order: readonly OrderKey[]
  peers(): RowPeers
  /** Those of `numbersOf`. */
  numbers(): Float64Array | undefined
}

/** The frames of all rows of a section. Along an owner neither end ever moves back. */
export function framesOf(section: Section, frame: RowFrame, { order, peers, numbers }: OrderOf): FrameEnds {
  const { bounds, rows } = section
  const from = new Int32Array(rows.length)
  const to = new Int32Array(rows.length)
  const [key] = order
  const isNear = [frame.from, frame.to].some((distance) => distance !== 0 && Number.isFinite(distance))
  if (frame.unit === 'rows') fillByRows(bounds, frame, { from, to })
  else if (isNear && key !== undefined) {
    const found = numbers()
    const values =
      found === undefined || key.descending
        ? distances(section.columns[key.column] as Column, rows, key.descending)
        : found
    fillByValues({ bounds, values, peers: peers() }, frame, { from, to })
  } else fillByPeers(section, frame, peers, { from, to })
  return { from, to }
}

function fillByRows(bounds: Int32Array, frame: RowFrame, { from, to }: FrameEnds): void {
  for (let owner = 0; owner + 1 < bounds.length; owner++) {
    const first = bounds[owner] as number
    const end = bounds[owner + 1] as number
    for (let place = first; place < end; place++) {
      from[place] = Math.max(first, Math.min(end, place + frame.from))
      to[place] = Math.max(first, Math.min(end, place + frame.to + 1))
    }
  }
}

function fillByPeers({ bounds }: Section, frame: RowFrame, peers: () => RowPeers, { from, to }: FrameEnds): void {
  if (frame.from === 0) from.set(peers().first)
  if (frame.to === 0) to.set(peers().end)
  for (let owner = 0; owner + 1 < bounds.length; owner++) {
    const first = bounds[owner] as number
    const end = bounds[owner + 1] as number
    if (frame.from !== 0) from.fill(first, first, end)
    if (frame.to !== 0) to.fill(end, first, end)
  }
}

type Near = { readonly bounds: Int32Array; readonly values: Float64Array; readonly peers: RowPeers }

/** By the distance of values, which grow along an owner; NULLs are at no distance from others. */
function fillByValues({ bounds, values, peers }: Near, frame: RowFrame, { from, to }: FrameEnds): void {
  for (let owner = 0; owner + 1 < bounds.length; owner++) {
    const first = bounds[owner] as number
    const end = bounds[owner + 1] as number
    let [begin, stop] = [first, first]
    for (let place = first; place < end; ) {
      const [peer, behind] = [peers.first[place] as number, peers.end[place] as number]
      const value = values[place] as number
      const isNull = Number.isNaN(value)
      if (frame.from === -Infinity) begin = first
      else if (frame.from === 0 || isNull) begin = peer
      else while (begin < end && !((values[begin] as number) >= value + frame.from)) begin++
      if (frame.to === Infinity) stop = end
      else if (frame.to === 0 || isNull) stop = behind
      else stop = endWithin(values, { from: stop, end, place }, value + frame.to)
      for (; place < behind; place++) {
        from[place] = begin
        to[place] = stop
      }
    }
  }
}

/** The first place from `from` on that is beyond a value, or of a NULL behind `place`. */
function endWithin(
  values: Float64Array,
  { from, end, place }: { readonly from: number; readonly end: number; readonly place: number },
  most: number,
): number {
  let found = from
  while (
    found < end &&
    !((values[found] as number) > most) &&
    !(found > place && Number.isNaN(values[found] as number))
  )
    found++
  return found
}

/** The values of a column at the rows as numbers that grow along them; NaN for NULL. */
function distances(column: Column, rows: Int32Array, descending: boolean): Float64Array {
  const { values, nulls } = column as
    | IntColumn
    | Exclude<Column, { kind: 'string' | 'list' | 'map' | 'row' | 'decimal' }>
  const { exact } = column as BigintColumn
  const sign = descending ? -1 : 1
  const found = new Float64Array(rows.length)
  for (let place = 0; place < rows.length; place++) {
    const row = rows[place] as number
    found[place] =
      nulls?.[row] === 1 ? Number.NaN : sign * (exact === undefined ? (values[row] as number) : Number(exact[row]))
  }
  return found
}
