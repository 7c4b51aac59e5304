/** Answers that change, by their definition: all rows are kept, and whole answers are compared after each step. */
import type { Value } from '../../record/column.ts'
import { compareLists, compareValues, DELAY, type Row } from '../naive.test-tool.ts'

/** Values as a text. */
export const textOf = (values: readonly unknown[]): string =>
  JSON.stringify(values, (_, value) => (typeof value === 'bigint' ? `${value}n` : value))

type Answer = readonly Value[][]

/** A statement, and what it means. */
export type Case = {
  readonly sql: string
  /** The number of columns in front that are the key. */
  readonly key: number
  /** The rows that one group keeps of; with a `ttl` it begins anew. */
  group(row: Row): unknown
  answer(groups: readonly (readonly Row[])[]): Answer
}

const count = (rows: readonly Row[]) => BigInt(rows.length)
const sum = (rows: readonly Row[]) => {
  const values = rows.flatMap(({ v }) => (v === null ? [] : [v]))
  return values.length === 0 ? null : values.reduce((all, v) => (all + v) | 0, 0)
}
const distinct = (rows: readonly Row[]) => BigInt(new Set(rows.flatMap(({ j }) => (j === null ? [] : [j]))).size)
const least = (rows: readonly Row[]) =>
  rows
    .map(({ k }) => k)
    .filter((k) => k !== null)
    .sort()[0] ?? null
const counted = (rows: readonly Row[]): Value[] => [rows[0]?.k ?? null, count(rows), sum(rows), distinct(rows)]
const last = (rows: readonly Row[]): Row =>
  rows.reduce((found, row) => ((row.ts as number) >= (found.ts as number) ? row : found))
const ranked = (rows: Value[][], by: number, to: number): Value[][] =>
  rows
    .sort((a, b) => -compareValues(a[by] as Value, b[by] as Value) || compareLists(a, b))
    .slice(0, to)
    .map((row, index) => [BigInt(index + 1), ...row])

export const COUNTS: string = 'SELECT k, COUNT(*) AS n, SUM(v) AS s, COUNT(DISTINCT j) AS d FROM t GROUP BY k'
/** The two rows of an answer that are first. */
export const top = (of: string, by: string, columns: string): string =>
  `SELECT rn, ${columns} FROM (SELECT *, ROW_NUMBER() OVER (ORDER BY ${by}) AS rn FROM (${of})) WHERE rn <= 2`

export const cases: readonly Case[] = [
  { sql: COUNTS, key: 1, group: ({ k }) => k, answer: (groups) => groups.map(counted) },
  {
    sql: `${COUNTS} HAVING MOD(COUNT(*), 3) <> 0 AND (SUM(v) IS NULL OR SUM(v) < 5)`,
    key: 1,
    group: ({ k }) => k,
    answer: (groups) => groups.filter((rows) => rows.length % 3 !== 0 && (sum(rows) ?? 0) < 5).map(counted),
  },
  {
    sql: `SELECT COUNT(*) FILTER (WHERE v > 0) AS n, MIN(k) AS k, COUNT(DISTINCT j) FILTER (WHERE v > 0) AS d FROM t`,
    key: 0,
    group: () => 0,
    answer: (groups) =>
      groups.map((rows) => {
        const taken = rows.filter(({ v }) => (v ?? 0) > 0)
        return [count(taken), least(rows), distinct(taken)]
      }),
  },
  {
    sql: 'SELECT DISTINCT k, j FROM t WHERE v IS NOT NULL',
    key: 2,
    group: ({ k, j, v }) => (v === null ? undefined : [k, j]),
    answer: (groups) => groups.map(([row]) => [row?.k ?? null, row?.j ?? null]),
  },
  {
    sql: 'SELECT k, v, ts FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts DESC) AS rn FROM t) WHERE rn = 1',
    key: 1,
    group: ({ k }) => k,
    answer: (groups) => groups.map(last).map(({ k, v, ts }) => [k, v, ts]),
  },
]

/** Over other answers: what leaves one leaves the other, so there is no `ttl` in these. */
export const higher: readonly Case[] = [
  {
    sql: 'SELECT k, rn, v, j FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC) AS rn FROM t) WHERE rn <= 2',
    key: 2,
    group: ({ k }) => k,
    answer: (groups) =>
      groups.flatMap((rows) =>
        ranked(
          rows.map(({ v, j }) => [v, j]),
          0,
          2,
        ).map(([rank, v, j]) => [rows[0]?.k ?? null, rank as Value, v as Value, j as Value]),
      ),
  },
  {
    sql: top(COUNTS, 's DESC, k', 'k, s'),
    key: 1,
    group: ({ k }) => k,
    answer: (groups) =>
      ranked(
        groups.map(counted).map(([k, , s]) => [k, s] as Value[]),
        1,
        2,
      ),
  },
  {
    sql: top(`${COUNTS} HAVING MOD(COUNT(*), 3) <> 0`, 'n DESC, k', 'k, n'),
    key: 1,
    group: ({ k }) => k,
    answer: (groups) =>
      ranked(
        groups
          .map(counted)
          .filter(([, n]) => (n as bigint) % 3n !== 0n)
          .map(([k, n]) => [k, n] as Value[]),
        1,
        2,
      ),
  },
  {
    sql: top(
      'SELECT k, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts DESC) AS n FROM t) WHERE n = 1',
      'v DESC, k',
      'k, v',
    ),
    key: 1,
    group: ({ k }) => k,
    answer: (groups) =>
      ranked(
        groups.map(last).map(({ k, v }) => [k, v] as Value[]),
        1,
        2,
      ),
  },
]

export type Change = { readonly values: Value[]; readonly deleted: boolean }

/** The rows of each step, in order: of one step by partition, then as they came. */
export function stepsOf(
  input: readonly Row[],
  every: number,
): readonly (readonly [at: number, rows: readonly Row[]])[] {
  const watermarks = new Map<number, number>()
  const steps = new Map<number, Row[]>()
  for (const row of input) {
    const watermark = watermarks.get(row.partition) ?? -Infinity
    watermarks.set(row.partition, Math.max(watermark, (row.ts as number) - DELAY))
    const at = Math.floor(watermark / every) * every
    steps.set(at, [...(steps.get(at) ?? []), row])
  }
  return [...steps]
    .sort(([a], [b]) => a - b)
    .map(([at, rows]) => [at, [...rows].sort((a, b) => a.partition - b.partition)])
}

/** All changes by the definition: whole answers, compared. With a `ttl` what a key had before it began anew is not known any more. */
export function naive(
  { key, group, answer }: Case,
  steps: ReturnType<typeof stepsOf>,
  ttl: number = Infinity,
): readonly Change[] {
  const groups = new Map<string, { rows: Row[]; at: number }>()
  let out = new Map<string, Value[]>()
  const keyed = (all: Answer) => new Map(all.map((row) => [textOf(row.slice(0, key)), row] as const))
  return steps.flatMap(([at, rows]) => {
    // What came before there was any watermark counts as of the first step that has one.
    const hasRows = rows.some((row) => group(row) !== undefined)
    if (hasRows) for (const found of groups.values()) if (found.at === -Infinity) found.at = at
    for (const row of rows) {
      const id = group(row)
      if (id === undefined) continue
      const found = groups.get(textOf([id]))
      const isOver = found !== undefined && found.at !== -Infinity && at - found.at >= ttl
      if (isOver) for (const name of keyed(answer([found.rows])).keys()) out.delete(name)
      groups.set(textOf([id]), { rows: found === undefined || isOver ? [row] : [...found.rows, row], at })
    }
    const now = keyed(answer([...groups.values()].map((each) => each.rows)))
    const changes: Change[] = []
    for (const [name, values] of now)
      if (textOf(out.get(name) ?? []) !== textOf(values)) changes.push({ values, deleted: false })
    for (const [name, values] of out) if (!now.has(name)) changes.push({ values, deleted: true })
    out = now
    return changes.sort((a, b) => compareLists(a.values.slice(0, key), b.values.slice(0, key)))
  })
}
