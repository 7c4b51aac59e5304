/** What came out of a test against what it expects. A dead letter or a late row that nobody expects is a problem, too. */
import { counted } from '../base/units.ts'
import type { Bus } from '../bus/bus.ts'
import { allTopics, type CheckedPipeline, type CheckedTopic } from '../pipeline/checked.ts'
import type { CellText } from '../pipeline/expect/cell.ts'
import type { CheckedTest, Expectation, ExpectationPath } from '../pipeline/expect/checked-test.ts'
import type { ExpectedRows } from '../pipeline/expect/expected-rows.ts'
import type { Field } from '../record/type.ts'
import { takesBack } from '../sql/plan/changes.ts'
import { type CameLetters, type CameRow, lettersOf, rowsOf } from './came-out.ts'
import { compareRows, type Diff } from './compare.ts'

export type Problem = {
  readonly path: ExpectationPath
  readonly message: string
  readonly hint?: string | undefined
  readonly diff?: Diff | undefined
  /** What would be right; undefined where that is not for a machine to decide. */
  readonly right?: Right | undefined
}

/** Rows with the columns that are expected, or a number. */
export type Right =
  | { readonly kind: 'count'; readonly count: number }
  | {
      readonly kind: 'rows'
      readonly form: ExpectedRows['form']
      readonly columns: readonly string[]
      /** undefined where columns have no types. */
      readonly fields: readonly Field[] | undefined
      readonly rows: readonly (readonly CellText[])[]
    }

/** Columns of a dead letter that are shown where none is named. */
const SHOWN_OF_LETTERS = ['kind', 'reason', 'record']

/** The problems of a test whose run has ended. */
export async function judgeTest(test: CheckedTest, pipeline: CheckedPipeline, bus: Bus): Promise<readonly Problem[]> {
  const topics = new Map(allTopics(pipeline).map((topic) => [topic.name, topic]))
  const letters = new Map<string, CameLetters>()
  for (const [name, topic] of topics) letters.set(name, await lettersOf(bus, topic))
  const late = new Map<string, number>()
  for (const one of letters.values())
    for (const [query, count] of one.late) late.set(query, (late.get(query) ?? 0) + count)
  const problems: (Problem | undefined)[] = []
  for (const expectation of test.expectations) {
    problems.push(await judgeOne(expectation, { pipeline, bus, topics, letters, late }))
  }
  return [...problems.filter((one) => one !== undefined), ...unexpected(test, letters, late)]
}

type Came = {
  readonly pipeline: CheckedPipeline
  readonly bus: Bus
  readonly topics: ReadonlyMap<string, CheckedTopic>
  readonly letters: ReadonlyMap<string, CameLetters>
  readonly late: ReadonlyMap<string, number>
}

async function judgeOne(expectation: Expectation, came: Came): Promise<Problem | undefined> {
  const { of, path, kind } = expectation
  const { pipeline, bus, topics, letters, late } = came
  const topic = topics.get(of)
  const dead = letters.get(of)?.letters ?? []
  switch (kind) {
    case 'late':
      return judgeCount(late.get(of) ?? 0, expectation, `late rows of ${of}`)
    case 'dead':
      return judgeCount(dead.length, expectation, `dead letters of ${of}`, letterDiff(dead))
    case 'letters': {
      const { expected } = expectation
      const diff = compareRows(expected, dead, SHOWN_OF_LETTERS, (column) => column === 'reason')
      return diff && rowsProblem(path, `the dead letters of ${of}`, { diff, expected, rows: dead, fields: undefined })
    }
    case 'rows': {
      if (topic === undefined) return undefined
      const { expected } = expectation
      const isResult = [...pipeline.queries, ...pipeline.reports].some(({ name }) => name === of)
      const isChanging = pipeline.queries.some(({ name, query }) => name === of && takesBack(query.plan))
      const rows = await rowsOf(bus, topic, { isResult, isChanging, zone: pipeline.timezone })
      const { fields } = topic
      const diff = compareRows(
        expected,
        rows,
        fields.map(({ name }) => name),
      )
      return diff && rowsProblem(path, `the rows of ${of}`, { diff, expected, rows, fields })
    }
  }
}

type Different = {
  readonly diff: Diff
  readonly expected: ExpectedRows
  readonly rows: readonly CameRow[]
  readonly fields: readonly Field[] | undefined
}

function rowsProblem(path: ExpectationPath, what: string, { diff, expected, rows, fields }: Different): Problem {
  const { columns } = diff
  const cells = rows.map((row) => columns.map((column) => row.get(column)))
  const message = `${what} are not those expected`
  return { path, message, diff, right: { kind: 'rows', form: expected.form, columns, fields, rows: cells } }
}

function judgeCount(
  came: number,
  { path, count }: Extract<Expectation, { readonly count: number }>,
  what: string,
  diff?: Diff,
): Problem | undefined {
  if (came === count) return undefined
  const message = `there are ${came} ${what}, and ${count} expected`
  return { path, message, diff, right: { kind: 'count', count: came } }
}

const letterDiff = (letters: readonly CameRow[]): Diff => ({
  columns: SHOWN_OF_LETTERS,
  lines: letters.map((row) => ({ sign: '+', cells: SHOWN_OF_LETTERS.map((column) => row.get(column)) })),
})

/** Dead letters of topics and late rows of queries that the test says nothing about. */
function unexpected(
  { name, now, expectations }: CheckedTest,
  letters: ReadonlyMap<string, CameLetters>,
  late: ReadonlyMap<string, number>,
): readonly Problem[] {
  const isNamed = (kinds: readonly string[], of: string) =>
    expectations.some((one) => kinds.includes(one.kind) && one.of === of)
  const path = ['tests', name]
  const dead = [...letters].flatMap(([topic, { letters: found, hasFuture }]): Problem[] => {
    if (found.length === 0 || isNamed(['dead', 'letters'], topic)) return []
    const message = `${counted(found.length, 'dead letter')} of ${topic}, which the test does not expect`
    const clock = hasFuture
      ? `The clock of the test is at ${new Date(now).toISOString()}: say another time with now. `
      : ''
    const hint = `${clock}Where it is right, say so: expect: { dead: { ${topic}: ${found.length} } }`
    return [{ path, message, hint, diff: letterDiff(found) }]
  })
  const tooLate = [...late].flatMap(([query, count]): Problem[] => {
    if (count === 0 || isNamed(['late'], query)) return []
    const message = `${counted(count, 'late row')} of ${query}, which the test does not expect`
    return [{ path, message, hint: `Where it is right, say so: expect: { late: { ${query}: ${count} } }` }]
  })
  return [...dead, ...tooLate]
}
