/** The engine against the naive evaluator: the same rows in the same order, however the input is cut and restarted. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Value } from '../record/column.ts'
import type { Lateness, RowReject } from './graph.ts'
import {
  answer,
  batchOf,
  CATALOG,
  planOf,
  type Question,
  type Row,
  rowsOf,
  SESSION,
  sqlOf,
  type WindowSpec,
} from './naive.test-tool.ts'
import { openGraph } from './open-graph.ts'
import { openFinal, openLocal } from './partial.ts'
import { collecting, runSql } from './run.test-tool.ts'

const PARTITIONS = 3

const row = fc.record<Row>({
  k: fc.option(fc.constantFrom('a', 'b', 'ab', 'a\0', '')),
  j: fc.option(fc.integer({ min: -2, max: 2 })),
  v: fc.option(fc.oneof(fc.integer({ min: -3, max: 4 }), fc.integer())),
  w: fc.option(fc.oneof(fc.bigInt({ min: -3n, max: 3n }), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))),
  d: fc.option(fc.integer({ min: -40, max: 40 }).map((n) => n / 8)),
  ts: fc.option(fc.integer({ min: -30_000, max: 60_000 }), { freq: 20 }),
  partition: fc.nat(PARTITIONS - 1),
})

/** Rows whose time mostly goes up, so that windows close before the end. */
const rows = fc
  .array(row, { maxLength: 120 })
  .chain((made) =>
    fc
      .boolean()
      .map((sorted) =>
        sorted
          ? made.map((each, i) =>
              each.ts === null ? each : { ...each, ts: i * 600 - 20_000 + (Math.abs(each.ts) % 9000) },
            )
          : made,
      ),
  )

const window = fc.oneof(
  fc.constantFrom(1000, 4000, 30_000).map((size): WindowSpec => ({ kind: 'TUMBLE', size })),
  fc
    .constantFrom([1000, 4000], [5000, 10_000], [2000, 2000])
    .map(([slide, size]) => ({ kind: 'HOP', slide, size }) as WindowSpec),
  fc.constantFrom([1000, 4000], [5000, 20_000]).map(([step, size]) => ({ kind: 'CUMULATE', step, size }) as WindowSpec),
)

const question = fc.record<Question>({
  window,
  keys: fc.constantFrom<readonly ('k' | 'j')[]>([], ['k'], ['j'], ['k', 'j'], ['j', 'k']),
  where: fc.boolean(),
  top: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
})

/** Pushes rows in pieces of the given lengths, and restarts from a copied snapshot where a piece has length 0. */
function stream(asked: Question, input: readonly Row[], pieces: readonly number[]) {
  const query = planOf(sqlOf(asked), 'streaming')
  const out: Value[][] = []
  const late: [row: Row, missed: Partial<Lateness>][] = []
  let pushed: readonly Row[] = []
  const output = {
    emit: (batch: Parameters<typeof rowsOf>[0]) => void out.push(...rowsOf(batch)),
    reject(reject: RowReject) {
      if (reject.kind === 'expression') return
      const { kind, origin, late: missed } = reject
      expect(kind).toBe(missed.counted === 0 ? 'late' : 'partly_late')
      const { windows, from, to, counted } = missed
      late.push([pushed[origin] as Row, { windows, from, to, counted }])
    },
  }
  const options = { session: SESSION, partitions: () => PARTITIONS, output }
  let graph = openGraph(query, CATALOG, options)
  const left = Array.from({ length: PARTITIONS }, (_, partition) =>
    input.filter((each) => each.partition === partition),
  )
  for (let turn = 0; left.some((each) => each.length > 0); turn++) {
    const length = pieces[turn % pieces.length] ?? 1
    if (length === 0) graph = openGraph(query, CATALOG, { ...options, state: structuredClone(graph.snapshot()) })
    const waiting = left.flatMap((each, partition) => (each.length > 0 ? [partition] : []))
    const partition = waiting[(turn + length) % waiting.length] as number
    pushed = left[partition]?.splice(0, length || 1) ?? []
    if (pushed.length > 0) graph.push(0, batchOf(pushed, graph.scans[0]?.columns ?? [], partition))
  }
  graph.end()
  return { out, late }
}

const byPartition = <T>(input: readonly (readonly [Row, T])[]) =>
  [...input].sort(([a], [b]) => a.partition - b.partition)

// Promise windows-in-order: Windows put out their rows in order of their ends, and the rows of a window in order of their keys.
// Promise watermark: A watermark is kept for each partition, and moved at every record; a window closes when every partition
// has passed its end.
test('streaming: windows, aggregates and late rows are those of the naive evaluator, in batches of any size', () => {
  fc.assert(
    fc.property(question, rows, fc.array(fc.nat(25), { minLength: 1, maxLength: 8 }), (asked, input, pieces) => {
      const expected = answer(asked, input, 'streaming')
      const { out, late } = stream(asked, input, pieces)
      expect(out).toEqual(expected.rows)
      const missed = expected.late.map(({ index, ...windows }) => [input[index] as Row, windows] as const)
      expect(byPartition(late)).toEqual(byPartition(missed))
    }),
    { numRuns: 400 },
  )
})

test('batch: nothing is late, and ranges run one by one give the same rows as all input at once', () => {
  fc.assert(
    fc.property(
      question,
      rows,
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 9 }),
      fc.boolean(),
      (asked, made, range, cut, keeps) => {
        const input = made.map((each) => ({ ...each, partition: 0 }))
        const query = planOf(sqlOf(asked), 'batch')
        const whole = runSql(sqlOf(asked), input, { mode: 'batch', piece: cut }).rows
        expect(whole).toEqual(answer(asked, input, 'batch').rows)

        // Every third range is run by a local graph in the final graph's thread, the others by those of two more threads.
        const { ran, output } = collecting()
        const final = openFinal(query, CATALOG, { session: SESSION, output })
        const open = (own: typeof final | undefined) =>
          openLocal(query, CATALOG, 0, { session: SESSION, reject() {}, final: own, keeps })
        const near = open(final)
        const locals = [near, open(undefined), open(undefined)]
        for (let from = 0, turn = 0; from < input.length; from += range, turn++) {
          const local = locals[turn % 3] as typeof near
          const rowsOfRange = input.slice(from, from + range)
          for (let at = 0; at < rowsOfRange.length; at += cut) {
            local.push(batchOf(rowsOfRange.slice(at, at + cut), local.columns, 0))
          }
          const partial = local.take()
          final.merge(0, local === near ? partial : structuredClone(partial), locals.indexOf(local))
        }
        for (const [from, local] of locals.entries()) {
          const rest = local.rest()
          if (rest !== undefined) final.merge(0, local === near ? rest : structuredClone(rest), from)
        }
        final.end()
        expect(ran.rows).toEqual(whole)
      },
    ),
    { numRuns: 300 },
  )
})
