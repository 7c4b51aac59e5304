/**
 * Random queries over a table `log`, each with its text and its meaning: lists of rows, filtered, grouped, windowed and
 * ranked to the letter.
 */
import fc from 'fast-check'
import { compareLists, compareValues, type WindowSpec, windowSql, windowsOf } from '../../src/engine/naive.test-tool.ts'
import type { Value } from '../../src/record/column.ts'
import { type Expression, expressionsOver, type Kind, type Row } from './random-expression.ts'

export type Relation = {
  /** The text behind FROM. */
  readonly from: string
  readonly columns: readonly Expression[]
  readonly rows: (table: readonly Row[]) => readonly Row[]
}

export type Asked = {
  readonly sql: string
  /** In this order, if `ordered`. */
  readonly rows: (table: readonly Row[]) => readonly Row[]
  readonly ordered: boolean
}

const COLUMNS: readonly (readonly [name: string, kind: Kind])[] = [
  ['s', 'text'],
  ['n', 'number'],
  ['m', 'number'],
  ['d', 'double'],
  ['b', 'boolean'],
  ['ts', 'time'],
]
const TIME = 5

const columnsOf = (names: readonly (readonly [name: string, kind: Kind])[]): Expression[] =>
  names.map(([sql, kind], index) => ({ sql, kind, of: (row) => row[index] as Value }))

const TABLE: Relation = { from: 'log', columns: columnsOf(COLUMNS), rows: (table) => table }

/** A relation that is a statement of its own. */
type Selected = Relation & { readonly select: string }

const fromWhere = (source: Relation, where: Expression | null): string =>
  `FROM ${source.from}${where === null ? '' : ` WHERE ${where.sql}`}`

/** `SELECT expressions FROM … WHERE …` of a relation, as a relation that can be read again. */
const projected = (source: Relation): fc.Arbitrary<Selected> => {
  const made = expressionsOver(source.columns)
  const one = fc.oneof(made.number, made.text, made.double, made.boolean, made.time)
  return fc
    .record({
      list: fc.array(one, { minLength: 1, maxLength: 4 }),
      where: fc.option(made.boolean),
      distinct: fc.nat(5).map((n) => n === 0),
    })
    .map(({ list, where, distinct }) => {
      const items = list.map(({ sql }, i) => `${sql} AS c${i}`).join(', ')
      const select = `SELECT ${distinct ? 'DISTINCT ' : ''}${items} ${fromWhere(source, where)}`
      return {
        select,
        from: `(${select})`,
        columns: columnsOf(list.map(({ kind }, i) => [`c${i}`, kind])),
        rows(table) {
          const rows = kept(source.rows(table), where).map((row) => list.map((item) => item.of(row)))
          return distinct ? distinctOf(rows) : rows
        },
      }
    })
}

const kept = (rows: readonly Row[], where: Expression | null): readonly Row[] =>
  where === null ? rows : rows.filter((row) => where.of(row) === true)

function groupsOf(rows: readonly Row[], key: (row: Row) => readonly Value[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const text = key(row)
      .map((value) => `${typeof value} ${value === null ? '' : value === 0 ? 0 : JSON.stringify(String(value))}`)
      .join()
    groups.set(text, [...(groups.get(text) ?? []), row])
  }
  return groups
}

const distinctOf = (rows: readonly Row[]): readonly Row[] =>
  [...groupsOf(rows, (row) => row).values()].map(([row]) => row as Row)

type Aggregate = { readonly sql: string; readonly kind: Kind; readonly of: (rows: readonly Row[]) => Value }

const sumOf = (values: readonly Value[]): Value => {
  if (values.length === 0) return null
  if (typeof values[0] === 'bigint')
    return values.reduce<bigint>((sum, v) => BigInt.asIntN(64, sum + (v as bigint)), 0n)
  return values.reduce<number>((sum, v) => sum + (v as number), 0)
}

const averageOf = (values: readonly Value[]): Value => {
  const sum = sumOf(values)
  if (sum === null) return null
  return typeof sum === 'bigint' ? sum / BigInt(values.length) : (sum as number) / values.length
}

const FUNCTIONS: readonly (readonly [
  name: string,
  takes: readonly Kind[],
  gives: Kind | undefined,
  meaning: (values: readonly Value[]) => Value,
])[] = [
  ['COUNT', ['number', 'text', 'boolean', 'double', 'time'], 'number', (values) => BigInt(values.length)],
  ['SUM', ['number', 'double'], undefined, sumOf],
  ['AVG', ['number', 'double'], undefined, averageOf],
  ['MIN', ['number', 'text', 'double', 'time'], undefined, (values) => [...values].sort(compareValues)[0] ?? null],
  ['MAX', ['number', 'text', 'double', 'time'], undefined, (values) => [...values].sort(compareValues).at(-1) ?? null],
]

function aggregateOver(columns: readonly Expression[]): fc.Arbitrary<Aggregate> {
  const made = expressionsOver(columns)
  const call = fc.constantFrom(...FUNCTIONS).chain(([name, takes, gives, meaning]) =>
    fc
      .record({ kind: fc.constantFrom(...takes), distinct: fc.nat(2).map((n) => n === 0 && name !== 'AVG') })
      .chain(({ kind, distinct }) =>
        made[kind].map((argument) => ({
          sql: `${name}(${distinct ? 'DISTINCT ' : ''}${argument.sql})`,
          kind: gives ?? kind,
          of(rows: readonly Row[]) {
            const values = rows.map((row) => argument.of(row)).filter((value) => value !== null)
            return meaning(distinct ? distinctOf(values.map((value) => [value])).flat() : values)
          },
        })),
      ),
  )
  const all: Aggregate = { sql: 'COUNT(*)', kind: 'number', of: (rows) => BigInt(rows.length) }
  return fc
    .tuple(fc.oneof(fc.constant(all), { weight: 4, arbitrary: call }), fc.option(made.boolean))
    .map(([aggregate, filter]) =>
      filter === null
        ? aggregate
        : {
            ...aggregate,
            sql: `${aggregate.sql} FILTER (WHERE ${filter.sql})`,
            of: (rows: readonly Row[]) => aggregate.of(kept(rows, filter)),
          },
    )
}

const WINDOWS: readonly WindowSpec[] = [
  ...[1, 4, 30].map((size) => ({ kind: 'TUMBLE', size: size * 1000 }) as const),
  { kind: 'HOP', slide: 1000, size: 4000 },
  { kind: 'HOP', slide: 5000, size: 10_000 },
  { kind: 'HOP', slide: 2000, size: 2000 },
  { kind: 'CUMULATE', step: 1000, size: 4000 },
  { kind: 'CUMULATE', step: 5000, size: 20_000 },
]
const window = fc.constantFrom(...WINDOWS)

/** The table with the windows of its rows before its own columns; a row without a time is in no window. */
const windowed = (spec: WindowSpec): Relation => ({
  from: windowSql(spec, 'log'),
  columns: COLUMNS.map(([name, kind], i) => ({ sql: name, kind, of: (row) => row[i + 2] as Value })),
  rows: (table) =>
    table.flatMap((row) =>
      row[TIME] === null ? [] : windowsOf(spec, row[TIME] as number).map(([start, end]) => [start, end, ...row]),
    ),
})

const WINDOW_COLUMNS: readonly Expression[] = ['window_start', 'window_end'].map((sql, i) => ({
  sql,
  kind: 'time',
  of: (row) => row[i] as Value,
}))

/** Grouped by expressions, and by the windows in `fixed`. */
const grouped = (source: Relation, fixed: readonly Expression[]): fc.Arbitrary<Selected> => {
  const made = expressionsOver(source.columns)
  return fc
    .record({
      keys: fc.array(
        fc.oneof(
          made.text,
          made.number,
          made.boolean,
          ...source.columns.filter(({ kind }) => kind !== 'double').map((c) => fc.constant(c)),
        ),
        { maxLength: 2 },
      ),
      aggregates: fc.array(aggregateOver(source.columns), { minLength: 1, maxLength: 4 }),
      where: fc.option(made.boolean),
    })
    .chain(({ keys: own, aggregates, where }) => {
      const keys = [...fixed, ...own]
      const counted = aggregates.map(
        ({ sql, kind }, i): Expression => ({ sql, kind, of: (row) => row[keys.length + i] as Value }),
      )
      return fc.option(expressionsOver(counted).boolean, { freq: 3 }).map((having) => {
        const names: [string, Kind][] = [
          ...fixed.map(({ sql }): [string, Kind] => [sql, 'time']),
          ...own.map(({ kind }, i): [string, Kind] => [`k${i}`, kind]),
          ...aggregates.map(({ kind }, i): [string, Kind] => [`a${i}`, kind]),
        ]
        const items = [...keys, ...aggregates].map(({ sql }, i) =>
          sql === names[i]?.[0] ? sql : `${sql} AS ${names[i]?.[0]}`,
        )
        const by = keys.length === 0 ? '' : ` GROUP BY ${keys.map(({ sql }) => sql).join(', ')}`
        const select = `SELECT ${items.join(', ')} ${fromWhere(source, where)}${by}${having === null ? '' : ` HAVING ${having.sql}`}`
        return {
          select,
          from: `(${select})`,
          columns: columnsOf(names),
          rows(table) {
            const rows = kept(source.rows(table), where)
            const groups = [...groupsOf(rows, (row) => keys.map((key) => key.of(row))).values()]
            // Without GROUP BY there is one row, even for no input.
            if (keys.length === 0 && groups.length === 0) groups.push([])
            const results = groups.map((members) => [
              ...keys.map((key) => key.of(members[0] as Row)),
              ...aggregates.map((aggregate) => aggregate.of(members)),
            ])
            return kept(results, having)
          },
        }
      })
    })
}

/** The first rows of each window, ordered by the first aggregate and then by everything else, so that no two are equal. */
function ranked(source: Selected, top: number): Selected {
  const order = source.columns.slice(2)
  const first = order.at(-1) as Expression
  const rest = order.slice(0, -1)
  const by = [`${first.sql} DESC`, ...rest.map(({ sql }) => sql)].join(', ')
  const numbered = `SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY ${by}) AS rn FROM ${source.from}`
  const select = `SELECT * FROM (${numbered}) WHERE rn <= ${top}`
  return {
    select,
    from: `(${select})`,
    columns: [...source.columns, { sql: 'rn', kind: 'number', of: (row) => row.at(-1) as Value }],
    rows(table) {
      const windows = [...groupsOf(source.rows(table), (row) => row.slice(0, 2)).values()]
      return windows.flatMap((rows) =>
        [...rows]
          .sort((a, b) => -compareValues(first.of(a), first.of(b)) || compareLists(a, b))
          .slice(0, top)
          .map((row, i) => [...row, BigInt(i + 1)]),
      )
    },
  }
}

function union(a: Selected, b: Selected) {
  const select = `${a.select} UNION ALL ${b.select}`
  const rows = (table: readonly Row[]) => [...a.rows(table), ...b.rows(table)]
  return { select, from: `(${select})`, columns: a.columns, rows }
}

const twice = projected(TABLE).chain((first) =>
  projected(TABLE).map((second) =>
    first.columns.every(({ kind }, i) => kind === second.columns[i]?.kind) &&
    first.columns.length === second.columns.length
      ? union(first, second)
      : union(first, first),
  ),
)
const flat = fc.oneof(projected(TABLE), twice)
const inWindows = window.chain((chosen) => grouped(windowed(chosen), WINDOW_COLUMNS))
const best = fc.tuple(inWindows, fc.integer({ min: 1, max: 3 })).map(([source, top]) => ranked(source, top))

const relation = fc.oneof(
  projected(TABLE),
  twice,
  grouped(TABLE, []),
  flat.chain((inner) => grouped(inner, [])),
  flat.chain(projected),
  inWindows,
  best,
  inWindows.chain(projected),
)

/** A whole statement, perhaps ordered by all of its columns and limited. */
export const query: fc.Arbitrary<Asked> = fc
  .record({
    source: relation,
    order: fc.option(fc.array(fc.boolean(), { minLength: 12, maxLength: 12 })),
    limit: fc.option(fc.nat(6)),
    offset: fc.option(fc.nat(3), { freq: 2 }),
  })
  .map(({ source, order, limit, offset }) => {
    if (order === null) return { sql: source.select, rows: source.rows, ordered: false }
    const by = source.columns.map(({ sql }, i) => `${sql}${order[i] ? ' DESC' : ''}`).join(', ')
    // As in Flink, an OFFSET behind ORDER BY wants a LIMIT.
    const skipped = limit === null ? 0 : (offset ?? 0)
    const cut = `${limit === null ? '' : ` LIMIT ${limit}`}${skipped === 0 ? '' : ` OFFSET ${skipped}`}`
    const compare = (a: Row, b: Row) =>
      a.map((v, i) => compareValues(v, b[i] as Value) * (order[i] ? -1 : 1)).find((o) => o !== 0) ?? 0
    return {
      sql: `SELECT * FROM ${source.from} ORDER BY ${by}${cut}`,
      rows: (table) =>
        [...source.rows(table)].sort(compare).slice(skipped, limit === null ? undefined : skipped + limit),
      ordered: true,
    }
  })
