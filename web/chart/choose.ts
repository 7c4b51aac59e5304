/**
 * Which chart shows rows best. It is decided by the columns and by how the rows are distributed, and says so as data, which a
 * person can change: the same function makes a choice with wishes valid again.
 *
 * | rows | chart |
 * | --- | --- |
 * | numbers at several times | lines over time |
 * | numbers of a few names at several times | a line for each name; the smallest together as "other" |
 * | of many names, nearly all at each time | a heat map: names against time |
 * | of many names, each at few times, or a Top-N | bars of the last time |
 * | numbers of one name, at one time or without | bars |
 * | of two names | a heat map |
 * | of a name of its own in nearly every row, as lines of a log | none: the table alone |
 * | one row | its number |
 */
import { type ChartColumn, type ChartRow, columnsAs, labelOf, nameColumns, timeColumn, timeOf } from './columns.ts'
import { sameUnit } from './unit.ts'

export type ChartKind = 'time' | 'bars' | 'heat' | 'number' | 'none'

export type ChartChoice = {
  readonly kind: ChartKind
  /** What lies along: a time (`time`), a time or a name (`heat`); of a `number`, the time by which the last row is found. */
  readonly x?: string | undefined
  /** The numbers that are drawn: several only in a chart over time without `series`. */
  readonly y: readonly string[]
  /** What tells lines, bars, or the rows of a heat map apart. */
  readonly series: readonly string[]
  /** Of bars and heat maps: only the rows with the last time of this column are drawn. */
  readonly latest?: string | undefined
}

/** What a person wants to be different. */
export type ChartWish = Partial<Pick<ChartChoice, 'kind' | 'x' | 'y' | 'series'>>

/** More lines than these cannot be told apart: the smaller ones are drawn together. */
export const MAX_LINES = 8
/** Names beyond which a heat map shows more than lines. */
const MANY_NAMES = 12
/** The share of times at which a name has a row, below which a heat map would be nearly empty. */
const DENSE = 0.3
/** More columns that name something than people group by. */
const FEW_COLUMNS = 3
/** Rows of one time below which bars of the last time show nothing. */
const FEW_ROWS = 5
/** Rows that are looked at. */
const LOOKED_AT = 2000

const NOTHING: ChartChoice = { kind: 'none', y: [], series: [] }

/** The chart that fits, with what a person wants to be different where it can be. */
export function choose(columns: readonly ChartColumn[], rows: readonly ChartRow[], wish: ChartWish = {}): ChartChoice {
  const own = choiceOf(columns, rows)
  const kind = wish.kind ?? own.kind
  if (!kindsFor(columns).includes(kind)) return own
  const based = kind === own.kind ? own : asKind(kind, columns)
  const known = new Set(columns.map(({ name }) => name))
  const numbers = new Set(columnsAs(columns, 'number').map(({ name }) => name))
  const y = wish.y?.filter((name) => numbers.has(name)) ?? []
  const series = wish.series?.filter((name) => known.has(name))
  // Bars and heat maps have nothing to show without names; lines are then one for each number.
  const isEnough = series !== undefined && (series.length > 0 || kind === 'time' || kind === 'number')
  // Along time lies a time and nothing else.
  const along = kind === 'time' ? new Set(columnsAs(columns, 'time').map(({ name }) => name)) : known
  const x = wish.x !== undefined && along.has(wish.x) ? wish.x : based.x
  const chosen = { ...based, x, y: y.length > 0 ? y : based.y, series: isEnough ? series : based.series }
  return chosen.series.length > 0 && chosen.y.length > 1 ? { ...chosen, y: chosen.y.slice(0, 1) } : chosen
}

/** The kinds that can show these columns; `none`, the table alone, always can. */
export function kindsFor(columns: readonly ChartColumn[]): readonly ChartKind[] {
  if (columnsAs(columns, 'number').length === 0) return ['none']
  const hasTime = timeColumn(columns) !== undefined
  const names = nameColumns(columns).length
  return [
    ...(hasTime ? (['time'] as const) : []),
    ...(names > 0 || hasTime ? (['bars'] as const) : []),
    ...(names > 1 || (names === 1 && hasTime) ? (['heat'] as const) : []),
    'number',
    'none',
  ]
}

function choiceOf(columns: readonly ChartColumn[], rows: readonly ChartRow[]): ChartChoice {
  if (columnsAs(columns, 'number').length === 0) return NOTHING
  const names = nameColumns(columns).map(({ name }) => name)
  const time = timeColumn(columns)
  const looked = rows.length > LOOKED_AT ? rows.slice(-LOOKED_AT) : rows
  const spread = spreadOf(looked, time?.name, names)
  // Lines of a log rather than groups: nothing says which of the rows that are alike a bar would be of.
  const isKeyless = columns.every(({ isKey }) => isKey === undefined)
  if (spread.alike && isKeyless) return NOTHING
  const isLine = time !== undefined && spread.times > 1
  if (names.length === 0) {
    if (isLine) return asKind('time', columns)
    return looked.length > 1 && time === undefined ? NOTHING : asKind('number', columns)
  }
  if (!isLine) {
    if (looked.length === 1 && time === undefined) return asKind('bars', columns)
    const isGrid = names.length === 2 && spread.first > 1 && spread.second > 1
    return asKind(isGrid ? 'heat' : 'bars', columns)
  }
  const isRanked = columnsAs(columns, 'rank').length > 0
  if (!isRanked && spread.names <= MANY_NAMES) return asKind('time', columns)
  if (!isRanked && isKeyless && !isOfWindow(time) && spread.names > looked.length / 2) {
    // Lines of a log too: each is about something else, and the bars of the last second would be one or two.
    if (names.length > FEW_COLUMNS || looked.length < spread.times * FEW_ROWS) return NOTHING
  }
  const fill = looked.length / (spread.times * spread.names)
  return asKind(isRanked || fill < DENSE ? 'bars' : 'heat', columns)
}

/** Whether a time is that of a window, also where only its name says so. */
const isOfWindow = ({ name, window }: ChartColumn): boolean => window !== undefined || name.startsWith('window_')

/** The usual choice of a kind; the columns allow it. */
function asKind(kind: ChartKind, columns: readonly ChartColumn[]): ChartChoice {
  const numbers = columnsAs(columns, 'number')
  const names = nameColumns(columns).map(({ name }) => name)
  const time = timeColumn(columns)?.name
  const [first] = numbers
  const y = first === undefined ? [] : [first.name]
  const window = time === undefined ? {} : { latest: time }
  switch (kind) {
    case 'time': {
      const alike = numbers.filter((one) => first !== undefined && sameUnit(first, one)).slice(0, MAX_LINES)
      return { kind, x: time, y: names.length > 0 ? y : alike.map(({ name }) => name), series: names }
    }
    case 'bars':
      // Without names, the times are what the bars are about.
      return names.length === 0
        ? { kind, x: time, y, series: time === undefined ? [] : [time] }
        : { kind, y, series: names, ...window }
    case 'heat': {
      if (names.length < 2) return { kind, x: time, y, series: names }
      // The second name lies along: the first is what people group by before all.
      return { kind, x: names.at(-1), y, series: names.slice(0, -1), ...window }
    }
    case 'number':
      return { kind, x: time, y, series: [] }
    case 'none':
      return NOTHING
  }
}

type Spread = {
  readonly times: number
  readonly names: number
  readonly first: number
  readonly second: number
  /** Whether rows have their time and their names in common. */
  readonly alike: boolean
}

/** How many times and names the rows with a number have. */
function spreadOf(rows: readonly ChartRow[], time: string | undefined, names: readonly string[]): Spread {
  const seen = {
    rows: new Set<string>(),
    times: new Set<number>(),
    names: new Set<string>(),
    first: new Set<unknown>(),
    second: new Set<unknown>(),
  }
  for (const row of rows) {
    const at = time === undefined ? undefined : timeOf(row[time])
    if (at !== undefined) seen.times.add(at)
    const label = names.length > 0 ? labelOf(row, names) : ''
    if (names.length > 0) seen.names.add(label)
    seen.rows.add(`${at} ${label}`)
    seen.first.add(row[names[0] ?? ''])
    seen.second.add(row[names[1] ?? ''])
  }
  return {
    times: seen.times.size,
    names: seen.names.size,
    first: seen.first.size,
    second: seen.second.size,
    alike: seen.rows.size < rows.length,
  }
}

/** The rows of the last time of a column; all of them without one. */
export function latestRows(rows: readonly ChartRow[], column: string | undefined): readonly ChartRow[] {
  if (column === undefined) return rows
  let last = Number.NEGATIVE_INFINITY
  let found: ChartRow[] = []
  for (const row of rows) {
    const at = timeOf(row[column]) ?? Number.NEGATIVE_INFINITY
    if (at > last) {
      last = at
      found = []
    }
    if (at === last) found.push(row)
  }
  return found
}
