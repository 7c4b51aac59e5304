/** Functions of a row's place in its partition, over a section of a bounded OVER: numbers of places, and values of other rows. */
import { unreachable } from '../../base/assert.ts'
import type { Column } from '../../record/column.ts'
import { ColumnGather } from '../../record/gather.ts'
import type { Field } from '../../record/type.ts'
import type { RowFunction } from '../../sql/plan/plan.ts'
import type { RowPeers, Section } from './section.ts'

/** The column of a function; valid until it is asked for the next section. */
export type PlacedColumn = (section: Section, peers: () => RowPeers) => Column

/** Opens a function over rows of these fields. */
export function openPlaced(called: RowFunction, fields: readonly Field[]): PlacedColumn {
  switch (called.function) {
    case 'ROW_NUMBER':
      return (section) => numbers(section, (place, first) => place - first + 1)
    case 'RANK':
      return (section, peers) => {
        const { first: peer } = peers()
        return numbers(section, (place, first) => (peer[place] as number) - first + 1)
      }
    case 'DENSE_RANK':
      return (section, peers) => denseRanks(section, peers())
    case 'PERCENT_RANK':
      return (section, peers) => {
        const { first: peer } = peers()
        return doubles(section, (place, first, end) =>
          end - first > 1 ? ((peer[place] as number) - first) / (end - first - 1) : 0,
        )
      }
    case 'CUME_DIST':
      return (section, peers) => {
        const { end: behind } = peers()
        return doubles(section, (place, first, end) => ((behind[place] as number) - first) / (end - first))
      }
    case 'NTILE':
      return (section) => numbers(section, (place, first, end) => groupOf(place - first, end - first, called.buckets))
    case 'LAG':
    case 'LEAD':
      return neighbours(called, fields)
    default:
      return unreachable(called)
  }
}

/** The number of a place's group, from 1 on: the groups are equally large, but the first ones by one row where that does not go. */
function groupOf(place: number, rows: number, groups: number): number {
  const size = Math.floor(rows / groups)
  const larger = rows % groups
  const before = larger * (size + 1)
  return place < before ? Math.floor(place / (size + 1)) + 1 : larger + Math.floor((place - before) / size) + 1
}

type OfPlace = (place: number, first: number, end: number) => number

function fill({ bounds, rows }: Section, of: OfPlace): Float64Array {
  const values = new Float64Array(rows.length)
  for (let owner = 0; owner + 1 < bounds.length; owner++) {
    const first = bounds[owner] as number
    const end = bounds[owner + 1] as number
    for (let place = first; place < end; place++) values[place] = of(place, first, end)
  }
  return values
}

const numbers = (section: Section, of: OfPlace): Column => ({
  kind: 'bigint',
  values: fill(section, of),
  exact: undefined,
  nulls: undefined,
})

const doubles = (section: Section, of: OfPlace): Column => ({
  kind: 'double',
  values: fill(section, of),
  nulls: undefined,
})

function denseRanks(section: Section, { first: peer }: RowPeers): Column {
  let rank = 0
  return numbers(section, (place, first) => {
    if (place === first) rank = 0
    if (peer[place] === place) rank++
    return rank
  })
}

/** The value of the row at a distance, NULL where there is none; or whether there is one. */
function neighbours(
  called: Extract<RowFunction, { function: 'LAG' | 'LEAD' }>,
  fields: readonly Field[],
): PlacedColumn {
  const distance = called.function === 'LEAD' ? called.offset : -called.offset
  const { argument } = called
  if (argument === undefined) {
    return (section) => {
      const values = fill(section, (place, first, end) => isWithin(place + distance, first, end))
      return { kind: 'boolean', values: Uint8Array.from(values), nulls: undefined }
    }
  }
  const gather = new ColumnGather((fields[argument] as Field).type)
  return ({ columns, rows, bounds }) => {
    const { length } = rows
    const chosen = new Int32Array(length)
    let absent: Uint8Array | undefined
    for (let owner = 0; owner + 1 < bounds.length; owner++) {
      const first = bounds[owner] as number
      const end = bounds[owner + 1] as number
      for (let place = first; place < end; place++) {
        const other = place + distance
        if (isWithin(other, first, end) === 1) chosen[place] = rows[other] as number
        else {
          absent ??= new Uint8Array(length)
          absent[place] = 1
        }
      }
    }
    return gather.take(columns[argument] as Column, chosen, length, absent)
  }
}

const isWithin = (place: number, first: number, end: number): 0 | 1 => (place >= first && place < end ? 1 : 0)
