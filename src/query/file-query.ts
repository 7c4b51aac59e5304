/**
 * Runs a statement over files or standard input: plans it, shares the units of its input among threads, and merges their
 * outcomes in order. This thread works as well, so one processor needs no other thread.
 */
import { availableParallelism } from 'node:os'
import type { Readable } from 'node:stream'
import type { Worker } from 'node:worker_threads'
import { assert } from '../base/assert.ts'
import { Failure } from '../base/failure.ts'
import { isHdfsPath } from '../client/webhdfs/address.ts'
import type { FailedRow } from '../engine/graph.ts'
import { refuseBeyond } from '../engine/held.ts'
import { openFinal } from '../engine/partial.ts'
import type { RowsState } from '../engine/sort/row-store.ts'
import type { Batch } from '../record/column.ts'
import type { Field } from '../record/type.ts'
import type { Session } from '../sql/function/function.ts'
import type { Query } from '../sql/plan/plan.ts'
import { planQuery } from '../sql/plan-query.ts'
import { contentsOf, lookupNames, type ReadAll, type ReadLookup, readLookup, withLookups } from './before/lookups.ts'
import { openKept, sizesOf, stepsOf, UNPACKED, unitsOfSteps } from './before/steps.ts'
import { openMerger } from './merger.ts'
import { openUnitRunner } from './run-unit.ts'
import type { WorkerTask } from './serve-units.ts'
import { shareUnits } from './share-units.ts'
import { catalogOf, type FileTable, openTable, postedTable, type TableSpec } from './table-files.ts'
import type { UnitContext } from './unit.ts'
import { UNIT_BYTES, WORTH_A_THREAD } from './unit-bytes.ts'
import type { DeadKept, DeadLine, FileFault, Outcome, Unit } from './units.ts'

const REFUSED = 'Let it have more (--memory 8GiB), or group by less, or filter first.'

export type FileQueryOptions = {
  readonly session: Session
  /** Paths of the files that the functions of the session come from. */
  readonly functionFiles: readonly string[]
  /** The number of threads; undefined: one for each processor, if the input is large enough. */
  readonly workers: number | undefined
  /** A thread that was started beforehand, see `early-thread.ts`. */
  readonly helper?: Worker | undefined
  /** Bytes of a unit of work: for tests. */
  readonly unitBytes?: number
  /** Bytes of memory that groups, ranks and sorts may take. */
  readonly memory: number
  readonly stdin: Readable
  /** Called for a table whose format was detected, or could not be as there is no input. */
  detected(table: FileTable): void
  /** Called once, before anything is read but samples, with the paths of all files, and with all their bytes if known. */
  opened(paths: readonly string[], bytes: number | undefined): void
  warn(query: Query): void
  /** Takes result rows; the batch is valid during the call. */
  emit(rows: Batch, fields: readonly Field[]): void
  dead(line: DeadLine): void
  readonly deadKept: DeadKept
  /** Takes the number of bytes read so far; of packed files, packed. */
  progress(bytes: number): void
}

export type QueryOutcome = {
  readonly fields: readonly Field[]
  readonly lines: number
  readonly rows: number
  readonly dead: number
  /** Whether there were lines, and none could be used. */
  readonly isAllDead: boolean
  /** Dead letters for which an expression failed. */
  readonly failed: number
  /** Of the first dead letter. */
  readonly firstReason: string | undefined
  /** What was not right with files, each once. */
  readonly faults: readonly FileFault[]
}

/** Runs a statement to its end. Throws a Failure for mistakes in it, and for files that cannot be read. */
export async function runQuery(
  sql: string,
  specs: readonly TableSpec[],
  options: FileQueryOptions,
): Promise<QueryOutcome> {
  const { session, deadKept } = options
  const { tables, lookups } = await openAll(sql, specs, options)
  const catalog = withLookups(catalogOf(tables), lookups)
  const contents = new Map<string, RowsState>(contentsOf(lookups))
  const query = planQuery(sql, catalog, { mode: 'batch', session, beyondFlink: true, isScript: true })
  options.warn(query)
  const { fields } = query.plan
  let firstReason: string | undefined
  const totals = { lines: 0, rows: 0, used: 0, dead: 0, failed: 0, bytes: 0 }
  const reject = ({ reason }: FailedRow) => {
    totals.dead++
    totals.failed++
    firstReason ??= reason
    options.dead({ file: 'the result', byte: 0, reason, line: undefined })
  }
  const sizes = sizesOf(tables)
  const steps = stepsOf(query, sizes)
  const unitsOfAll = unitsOfSteps(steps, tables, options.unitBytes ?? UNIT_BYTES)
  refuseTwoReaders(unitsOfAll.flat())
  options.opened(pathsOf(tables), bytesOf(unitsOfAll.flat()))
  const faults = new Map<string, FileFault>()
  const count = ({ lines, bytes, used, dead, failed, deadLines, faults: found }: Outcome) => {
    for (const fault of found) faults.set(fault.message, fault)
    totals.lines += lines
    totals.bytes += bytes
    totals.used += used
    totals.dead += dead
    totals.failed += failed
    firstReason ??= deadLines[0]?.reason
    for (const line of deadLines) options.dead(line)
    options.progress(totals.bytes)
  }
  const emit = (batch: Batch) => {
    totals.rows += batch.count
    options.emit(batch, fields)
  }
  for (const [index, step] of steps.entries()) {
    const units = unitsOfAll[index] as Unit[]
    const kept = step.name === undefined ? undefined : openKept(step, options.memory)
    const read = { query: step.query, catalog, tables, contents, session, deadKept }
    const parts = [...contents].filter(([name]) => lookups.every((lookup) => lookup.name !== name))
    const { functions: _, ...posted } = session
    const { functionFiles } = options
    const shared = { sql, session: posted, functionFiles, tables: tables.map(postedTable), lookups, sizes, deadKept }
    const task = { ...shared, step: index, parts, units }
    await runStep(
      read,
      { emit: kept?.add ?? emit, reject, count, units, isLast: kept === undefined },
      { options, task },
    )
    if (step.name !== undefined && kept !== undefined) contents.set(step.name, kept.rows())
  }
  const { lines, rows, used, dead, failed } = totals
  return {
    fields,
    lines,
    rows,
    dead,
    isAllDead: lines > 0 && used === 0,
    failed,
    firstReason,
    faults: [...leftOutOf(tables), ...faults.values()],
  }
}

type StepRun = {
  readonly units: readonly Unit[]
  readonly isLast: boolean
  emit(rows: Batch): void
  reject(row: FailedRow): void
  count(outcome: Outcome): void
}

type StepThreads = { readonly options: FileQueryOptions; readonly task: Omit<WorkerTask, 'shared'> }

/** Runs one step, by as many threads as its units are worth. The thread that was started beforehand is for the last one. */
async function runStep(
  read: Omit<UnitContext, 'final'>,
  { units, isLast, emit, reject, count }: StepRun,
  { options, task }: StepThreads,
): Promise<void> {
  const { query, catalog, contents, session } = read
  const final = openFinal(query, catalog, {
    session,
    contents,
    output: {
      emit,
      reject(row) {
        assert(row.kind === 'expression', 'no row is late in batch mode')
        reject(row)
      },
    },
  })
  const merger = openMerger(final, units, (outcome) => {
    count(outcome)
    refuseBeyond(options.memory, final.held, { what: 'the query', hint: REFUSED })
  })
  await shareUnits(units, merger, {
    runner: openUnitRunner({ ...read, final }),
    threads: options.workers ?? threadsFor(units),
    helper: isLast ? options.helper : undefined,
    limited: final.scans.some(({ limit }) => Number.isFinite(limit)),
    task: (shared) => ({ ...task, shared }),
  })
  final.end()
}

async function openTables(specs: readonly TableSpec[], options: FileQueryOptions): Promise<readonly FileTable[]> {
  if (specs.filter(({ patterns }) => patterns.includes('-')).length > 1) {
    throw new Failure('usage', 'standard input (-) can be one table, not two')
  }
  const tables: FileTable[] = []
  for (const spec of specs) {
    const table = await openTable(spec, options.stdin)
    if (table.detected) options.detected(table)
    tables.push(table)
  }
  return tables
}

/** Opens the tables that the statement scans, and reads those that it looks rows up in. */
async function openAll(sql: string, specs: readonly TableSpec[], options: FileQueryOptions) {
  checkNames(specs)
  const looked = lookupNames(sql)
  const quiet = { workers: 1, helper: undefined, opened() {}, progress() {}, warn() {} }
  const lookups: ReadLookup[] = []
  for (const spec of specs.filter(({ name }) => looked.has(name))) {
    const readAll: ReadAll = (all, emit) => runQuery(all, [spec], { ...options, ...quiet, emit })
    lookups.push(await readLookup(spec.name, options.memory, readAll))
  }
  const scanned = specs.filter(({ name }) => !looked.has(name))
  return { tables: await openTables(scanned, options), lookups }
}

const pathsOf = (tables: readonly FileTable[]): readonly string[] =>
  tables.flatMap(({ files }) => files.map(({ path }) => path))

/** All bytes that the units read, of packed files packed; undefined where one has no size. */
function bytesOf(units: readonly Unit[]): number | undefined {
  const sizes = units.map(({ file, from, to }) => {
    if (file === undefined || file.isStream) return undefined
    if (file.compression === undefined) return to - from
    return isHdfsPath(file.path) ? undefined : file.size
  })
  return sizes.reduce<number | undefined>(
    (sum, size) => (sum === undefined || size === undefined ? undefined : sum + size),
    0,
  )
}

const leftOutOf = (tables: readonly FileTable[]): readonly FileFault[] =>
  tables.flatMap(({ leftOut, repeated }) => [
    ...(repeated === undefined ? [] : [{ message: repeated, isLoss: false }]),
    ...leftOut.map(({ message, hint }) => ({ message, hint, isLoss: true })),
  ])

function threadsFor(units: readonly Unit[]): number {
  const bytes = units.reduce((sum, { file, from, to }) => {
    return sum + (file?.compression === undefined ? to - from : UNPACKED * file.size)
  }, 0)
  return bytes > WORTH_A_THREAD ? availableParallelism() : 1
}

function checkNames(specs: readonly TableSpec[]): void {
  const names = specs.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) < index)
  if (twice !== undefined) throw new Failure('usage', `two tables have the name ${twice}`)
}

/** A stream can be read only once. */
function refuseTwoReaders(units: readonly Unit[]): void {
  const streams = units.filter(({ file }) => file === undefined).map(({ table }) => table)
  if (new Set(streams).size < streams.length) {
    throw new Failure('usage', 'the statement reads a table more than once that is not a file', {
      hint: 'Write it to a file first.',
    })
  }
}
