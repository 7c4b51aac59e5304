/** The tests of a pipeline file: their names are those of the pipeline, and their times and rows can be read. */
import { changeFailure, collectFailure } from '../../base/failure.ts'
import type { CheckedReport, CheckedTopic } from '../checked.ts'
import { type CheckedStep, type CheckedTest, type Expectation, LETTER_COLUMNS } from '../expect/checked-test.ts'
import { type ExpectedRows, type RowTypes, readRows } from '../expect/expected-rows.ts'
import type { PlainRows, PlainTest, RowsText, SentLines } from '../expect/test-entry.ts'
import { partAt } from '../file/shown.ts'
import { isGroup, type Path } from '../file/yaml-tree.ts'
import { parseInstant } from '../span.ts'
import { type Checking, isBroken, namesIn } from './checking.ts'
import { didYouMean } from './spelled-in-file.ts'

/** Keys of `expect` that are no names. */
const GROUPS = ['late', 'dead', 'alerts']

/** All tests of the file; wrong ones are among the failures. */
export function checkTests(reports: readonly CheckedReport[], checking: Checking): readonly CheckedTest[] {
  const tests = Object.entries(checking.file.tests)
  return tests.flatMap(([name, test]) => checkTest(name, test, { reports, checking }))
}

type Within = { readonly reports: readonly CheckedReport[]; readonly checking: Checking }

function checkTest(name: string, test: PlainTest, within: Within): readonly CheckedTest[] {
  const { failures, file } = within.checking
  const at: Path = ['tests', name]
  const before = failures.length
  const collect = <Result>(work: () => Result) => collectFailure(failures, work)
  for (const set of Object.keys(test.set)) collect(() => refuseUnknownParam([...at, 'set', set], set, within))
  const now = collect(() => instantAt([...at, 'now'], test.now, within)) ?? 0
  const steps = test.steps.flatMap((_, index) => collect(() => stepsOf(test, [...at, 'steps', index], within)) ?? [])
  const { late = {}, dead = {}, alerts = {}, ...rows } = test.expect
  const expectations = [
    ...Object.entries(rows).map(([of, expected]) =>
      collect(() => rowsOf(of, expected as PlainRows, { at: [...at, 'expect', of], within })),
    ),
    ...Object.entries(alerts).map(([of, expected]) =>
      collect(() => {
        const path = [...at, 'expect', 'alerts', of]
        if (!Object.hasOwn(file.alerts, of)) refuseUnknown(path, of, { what: 'alert', sections: ['alerts'] }, within)
        return rowsOf(of, expected, { at: path, within })
      }),
    ),
    ...Object.entries(dead).map(([of, expected]) =>
      collect(() => lettersOf(of, expected, { at: [...at, 'expect', 'dead', of], within })),
    ),
    ...Object.entries(late).map(([of, count]) =>
      collect(() => {
        const path = [...at, 'expect', 'late', of]
        const isQuery = Object.hasOwn(file.queries, of) || Object.hasOwn(file.alerts, of)
        if (!isQuery) refuseUnknown(path, of, { what: 'query', sections: ['queries', 'alerts'] }, within)
        return { kind: 'late', of, path, count } satisfies Expectation
      }),
    ),
  ].filter((one) => one !== undefined)
  return failures.length > before ? [] : [{ name, now, steps, end: test.end, expectations }]
}

function refuseUnknownParam(path: Path, name: string, { checking }: Within): void {
  const { written, text } = checking
  const params = namesIn(checking, ['params'])
  const isKey = typeof written === 'object' && written !== null && Object.hasOwn(written, name)
  if (name.includes('.') || params.includes(name) || isKey) return
  throw text.failure(path, `there is no parameter "${name}"`, { at: 'key', hint: didYouMean(name, params) })
}

const instantAt = (path: Path, written: string, { checking: { text, file } }: Within): number =>
  changeFailure(
    () => parseInstant(written, file.timezone),
    ({ message, hint }) => text.failure(path, message, { hint }),
  )

/** A step as the single steps that it stands for. */
function stepsOf({ steps }: PlainTest, path: Path, within: Within): readonly CheckedStep[] {
  const { reports } = within
  const { at, wait, send = {}, report } = steps[path.at(-1) as number] ?? {}
  const made: CheckedStep[] = []
  if (at !== undefined) made.push({ kind: 'at', path, instant: instantAt([...path, 'at'], at, within) })
  if (wait !== undefined) made.push({ kind: 'wait', path, time: wait })
  for (const [to, sent] of Object.entries(send)) made.push(sendStep(to, sent, [...path, 'send', to], within))
  if (report !== undefined) {
    const where = [...path, 'report']
    const found = reports.find(({ name }) => name === report)
    if (found === undefined) refuseUnknown(where, report, { what: 'report', sections: ['reports'] }, within)
    made.push({ kind: 'report', path: where, report })
  }
  return made
}

function sendStep(to: string, sent: SentLines, path: Path, within: Within): CheckedStep {
  const { file, tables, stored, lookups, text } = within.checking
  if (Object.hasOwn(file.tables, to)) {
    const lookup = lookups.get(to)?.checked
    const { file: given, ...others } = sent
    if (lookup !== undefined && given !== undefined && Object.values(others).every((one) => one === undefined)) {
      return { kind: 'content', path, table: to, file: given }
    }
    const fields = stored.get(to)?.checked.fields ?? lookup?.columns.map(({ field }) => field)
    const typeOf = (column: string) => fields && typeIn({ name: to, fields }, column, { at: path, within })
    const rows = rowsGiven(sent, path, within)
    return { kind: 'rows', path, table: to, rows: readIn(path, { rows, unordered: false }, within, typeOf).rows }
  }
  if (!Object.hasOwn(file.topics, to)) refuseTopic(path, to, within)
  const kinds = [sent.lines, sent.record, sent.file].filter((one) => one !== undefined)
  if (kinds.length !== 1) throw text.failure(path, 'needs one of lines, record, file', { at: 'key' })
  const topic = tables.get(to)?.topic
  if (sent.partition !== undefined && topic !== undefined && sent.partition >= topic.partitions) {
    const message = `topic "${to}" has no partition ${sent.partition}: it has ${topic.partitions}`
    throw text.failure([...path, 'partition'], message)
  }
  return { kind: 'send', path, to, sent }
}

/** What is sent to a table of a store, as rows. */
function rowsGiven({ lines, ...others }: SentLines, path: Path, { checking: { text } }: Within): RowsText {
  const isRows = typeof lines === 'string' || lines?.every((line) => typeof line === 'object')
  if (isRows && Object.values(others).every((one) => one === undefined)) return lines as RowsText
  const hint = 'Write a table with a header, lines of JSON, or a list of groups of keys.'
  throw text.failure(path, 'a table takes rows', { at: 'key', hint })
}

/** Throws a Failure, unless the name is that of a part with a mistake of its own. */
function refuseUnknown(
  path: Path,
  name: string,
  { what, sections }: { readonly what: string; readonly sections: readonly string[] },
  { checking }: Within,
): void {
  if (isBroken(checking, name)) return
  const hint = didYouMean(name, namesIn(checking, sections))
  throw checking.text.failure(path, `there is no ${what} "${name}"`, { at: what === 'report' ? 'value' : 'key', hint })
}

function refuseTopic(path: Path, name: string, within: Within): void {
  const { file, text } = within.checking
  const source = Object.hasOwn(file.sources, name) ? file.sources[name] : undefined
  if (source === undefined) {
    refuseUnknown(path, name, { what: 'topic', sections: ['topics', 'tables'] }, within)
    return
  }
  throw text.failure(path, `"${name}" is a source, and a test opens none: its lines are sent to topic ${source.to}`, {
    at: 'key',
  })
}

type Place = { readonly at: Path; readonly within: Within }

function rowsOf(of: string, { rows, unordered }: PlainRows, { at, within }: Place): Expectation | undefined {
  const { checking, reports } = within
  const known = [...[...checking.tables.values()].map(({ topic }) => topic), ...reports.map(({ topic }) => topic)]
  const topic = known.find(({ name }) => name === of) ?? known.find((one) => one.topic === of)
  if (topic === undefined) {
    if (isBroken(checking, of)) return undefined
    const hint = didYouMean(of, [...known.map(({ name }) => name), ...GROUPS])
    throw checking.text.failure(at, `there is no query, report, alert or topic "${of}"`, { at: 'key', hint })
  }
  const expected = readIn(at, { rows, unordered }, within, (column) => typeIn(topic, column, { at, within }))
  return { kind: 'rows', of: topic.name, path: at, expected }
}

function typeIn({ name, fields }: Pick<CheckedTopic, 'name' | 'fields'>, column: string, { at, within }: Place) {
  const found = fields.find((field) => field.name === column)
  if (found !== undefined) return found.type
  const hint = didYouMean(
    column,
    fields.map((field) => field.name),
  )
  throw within.checking.text.failure(at, `"${name}" has no column "${column}"`, { at: 'key', hint })
}

function lettersOf(of: string, expected: number | PlainRows, { at, within }: Place): Expectation | undefined {
  const { checking } = within
  if (!checking.tables.has(of)) {
    refuseUnknown(at, of, { what: 'topic or query', sections: ['topics', 'queries', 'alerts'] }, within)
    return undefined
  }
  if (typeof expected === 'number') return { kind: 'dead', of, path: at, count: expected }
  const read = readIn(at, expected, within, (column) => {
    if (LETTER_COLUMNS.includes(column)) return undefined
    const hint = didYouMean(column, LETTER_COLUMNS)
    throw checking.text.failure(at, `a dead letter has no "${column}"`, { at: 'key', hint })
  })
  return { kind: 'letters', of, path: at, expected: read }
}

/** The rows; a mistake in them is shown in its line of the file. */
function readIn(
  path: Path,
  { rows, unordered }: PlainRows,
  { checking: { text, file, written } }: Within,
  typeOf: RowTypes['typeOf'],
): ExpectedRows {
  const at = isGroup(partAt(written, path)) ? [...path, 'rows'] : path
  return changeFailure(
    () => readRows(rows, unordered, { typeOf, zone: file.timezone }),
    (failure) =>
      failure.place?.file === undefined && failure.place !== undefined ? text.sqlFailure(at, failure) : failure,
  )
}
