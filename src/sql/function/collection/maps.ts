/** Maps as arrays of their keys, values and entries, and maps made of arrays or of other maps. */
import type { Column, ListColumn, MapColumn } from '../../../record/column.ts'
import { ColumnGather } from '../../../record/gather.ts'
import { arrayOf, isMultiset, isNested, mapOf, rowOf, type Type, typeName } from '../../../record/type.ts'
import type { Compute, Expression } from '../../expression/expression.ts'
import { castAll } from '../cast/cast.ts'
import { commonTypeOf } from '../common-type.ts'
import { fitArguments } from '../define.ts'
import { type ScalarFunction, TypeProblem } from '../function.ts'
import { anyNull, fail } from '../output.ts'
import { findKey } from './equal.ts'
import { FEW_ITEMS, IdSet, ItemIds } from './item-ids.ts'
import { arrayTypeOf, isNullItem, itemCount, joinedItems, ListPicks } from './lists.ts'

type MapType = Extract<Type, { kind: 'MAP' }>

function mapTypeOf({ type }: Expression): MapType {
  if (type.kind !== 'MAP' || isMultiset(type)) throw new TypeProblem(`it wants a MAP, not ${typeName(type)}`)
  return type
}

/** Arrays of what a map has; they share its entries. */
const partsOfMap = (
  name: string,
  summary: string,
  element: (type: MapType) => Type,
  items: (map: MapColumn) => Column,
): ScalarFunction => ({
  name,
  summary,
  usage: `${name}(map)`,
  bind({ arguments: operands, session }) {
    const [map] = fitArguments(operands, ['any'], session)
    const open = (): Compute => (columns) => {
      const { start, end, ...parts } = columns[0] as MapColumn
      return { kind: 'list', start, end, items: items({ start, end, ...parts }), nulls: undefined }
    }
    return { type: arrayOf(element(mapTypeOf(map))), arguments: [map], open }
  },
})

const entryOf = ({ key, value }: MapType): Type =>
  rowOf([
    { name: 'key', type: key },
    { name: 'value', type: value },
  ])

function keyType(type: Type): Type {
  if (isNested(type)) throw new TypeProblem(`${typeName(type)} cannot be the type of a key`)
  return type
}

const mapFromArrays: ScalarFunction = {
  name: 'MAP_FROM_ARRAYS',
  summary: 'A map of an array of keys and an array of as many values.',
  usage: 'MAP_FROM_ARRAYS(keys, values)',
  bind({ arguments: operands, session }) {
    const cast = fitArguments(operands, ['any', 'any'], session)
    const [keys, values] = cast.map((operand) => arrayTypeOf(operand).element) as [Type, Type]
    const open = () => openFromArrays(keys, values)
    return { type: mapOf(keyType(keys), values), arguments: cast, open }
  },
}

function openFromArrays(key: Type, value: Type): Compute {
  const [keys, values] = [new ListPicks(key), new ListPicks(value)]
  return (columns, count) => {
    const [names, texts] = columns as readonly ListColumn[] as [ListColumn, ListColumn]
    const failures = new Map<number, string>()
    keys.begin(count)
    values.begin(count)
    for (let row = 0; row < count; row++) {
      const reason = anyNull(columns, row) ? undefined : whyNoMap(names, texts, row)
      if (reason !== undefined) failures.set(row, reason)
      else if (!anyNull(columns, row)) {
        keys.addRow(names, row)
        values.addRow(texts, row)
      }
      keys.close(row)
      values.close(row)
    }
    const entries = { keys: keys.take(names.items), values: values.take(texts.items) }
    const map: MapColumn = { kind: 'map', ...keys.ranges, ...entries, nulls: undefined }
    for (const [row, reason] of failures) fail(map, row, reason)
    return map
  }
}

function whyNoMap(keys: ListColumn, values: ListColumn, row: number): string | undefined {
  const [from, end] = [keys.start[row] as number, keys.end[row] as number]
  const size = (values.end[row] as number) - (values.start[row] as number)
  if (end - from !== size) return `MAP_FROM_ARRAYS: ${end - from} keys and ${size} values`
  for (let item = from; item < end; item++) if (isNullItem(keys.items, item)) return 'a key of a map is NULL'
  return undefined
}

const mapUnion: ScalarFunction = {
  name: 'MAP_UNION',
  summary: 'The entries of all maps; of those with one key the last counts.',
  usage: 'MAP_UNION(map, …)',
  bind({ arguments: operands, session }) {
    const maps = fitArguments(operands, ['any…'], session)
    const type = commonTypeOf(maps.map(mapTypeOf))
    if (type?.kind !== 'MAP') throw new TypeProblem('the maps have no type in common')
    return { type, arguments: castAll(maps, [type], session), open: () => openUnion(type) }
  },
}

function openUnion({ key, value }: MapType): Compute {
  const picks = new ListPicks(key)
  const gather = new ColumnGather(value)
  return (columns, count) => {
    const maps = columns as readonly MapColumn[]
    const counts = maps.map((map) => itemCount(map, count))
    const joined = (of: 'keys' | 'values') =>
      joinedItems(maps.map((map, index) => ({ items: map[of], count: counts[index] as number })))
    const { items: keys, first } = joined('keys')
    picks.begin(count)
    for (let row = 0; row < count; row++) {
      if (!anyNull(columns, row)) unite(maps, row, (map, entry) => picks.add((first[map] as number) + entry))
      picks.close(row)
    }
    const entries = { keys: picks.take(keys), values: picks.take(joined('values').items, gather) }
    return { kind: 'map', ...picks.ranges, ...entries, nulls: undefined }
  }
}

/** As in Flink, the entries of a later map come before those of an earlier one. */
function unite(maps: readonly MapColumn[], row: number, add: (map: number, entry: number) => void): void {
  const total = maps.reduce((sum, { start, end }) => sum + (end[row] as number) - (start[row] as number), 0)
  if (total > FEW_ITEMS) {
    uniteMany(maps, row, add)
    return
  }
  for (let index = maps.length - 1; index >= 0; index--) {
    const { start, end, keys } = maps[index] as MapColumn
    const later = maps.slice(index + 1)
    for (let entry = start[row] as number; entry < (end[row] as number); entry++) {
      if (later.every((map) => findKey(map, row, { column: keys, row: entry }) < 0)) add(index, entry)
    }
  }
}

function uniteMany(maps: readonly MapColumn[], row: number, add: (map: number, entry: number) => void): void {
  const known = new ItemIds({ nan: 'same', zeros: 'other' })
  const later = new IdSet()
  const ids = maps.map(({ start, end, keys }) => {
    const numbers = new Int32Array(end[row] as number)
    known.look(keys, start[row] as number, end[row] as number, numbers)
    return numbers
  })
  later.clear(known.size)
  for (let index = maps.length - 1; index >= 0; index--) {
    const { start, end } = maps[index] as MapColumn
    const numbers = ids[index] as Int32Array
    for (let entry = start[row] as number; entry < (end[row] as number); entry++) {
      if (!later.has(numbers[entry] as number)) add(index, entry)
    }
    for (let entry = start[row] as number; entry < (end[row] as number); entry++) later.add(numbers[entry] as number)
  }
}

/** The functions of this file, in the order of the reference page. */
export const mapFunctions: readonly ScalarFunction[] = [
  partsOfMap(
    'MAP_KEYS',
    'The keys of a map as an array.',
    ({ key }) => key,
    ({ keys }) => keys,
  ),
  partsOfMap(
    'MAP_VALUES',
    'The values of a map as an array.',
    ({ value }) => value,
    ({ values }) => values,
  ),
  partsOfMap(
    'MAP_ENTRIES',
    'The entries of a map as an array of rows of `key` and `value`.',
    entryOf,
    ({ keys, values }) => ({
      kind: 'row',
      fields: [keys, values],
      nulls: undefined,
    }),
  ),
  mapFromArrays,
  mapUnion,
]
