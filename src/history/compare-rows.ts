/**
 * Compares the rows that a query has put out with those of the same question in batch mode over a span. Where they
 * differ, late records should be why: the batch is asked once more, with each late record at the watermark that it met, so
 * that it is left out of the windows that it missed and of no other. That must give the streamed rows.
 */
import type { TopicReader } from '../bus/bus.ts'
import type { CheckedQuery } from '../pipeline/checked.ts'
import type { DeadLetter } from '../topic/dead-letter.ts'
import { readTexts } from '../topic/read-texts.ts'
import { collectRows, type Difference, differencesOf, rowsOfTopic, spanTest, withoutOpen } from './row-set.ts'
import { type LateRecords, runOverSpan, type SpanQuery } from './span-query.ts'

export type Comparison = {
  /** Rows that both have. */
  readonly equal: number
  /** In order of key. */
  readonly differences: readonly Difference[]
  /** What is different still where records are late as they were: none, unless something is wrong. */
  readonly unexplained: readonly Difference[]
  /** Those that were late for all their windows or for some. */
  readonly late: readonly DeadLetter[]
}

export type Compared = {
  /** The question in batch mode, over the topics that the query reads. */
  readonly asked: SpanQuery
  readonly streamed: CheckedQuery
  /** Rows that the query has put out. */
  readonly result: TopicReader
  /** Dead letters of the topics that the query reads. */
  readonly dead: ReadonlyMap<string, TopicReader>
}

export async function compareWithStream(compared: Compared): Promise<Comparison> {
  const { asked, streamed, result } = compared
  const { fields } = asked.query.plan
  const inSpan = spanTest(fields, asked.span, asked.session.timezone)
  const rowKey = streamed.query.rowKey
  const streamedRows = await rowsOfTopic(result, rowKey !== undefined, inSpan)
  const batch = async (lateness: ReadonlyMap<string, LateRecords>) => {
    const rows = collectRows(fields, rowKey)
    await runOverSpan({ ...asked, lateness }, rows.add)
    return withoutOpen(fields, new Map([...rows.rows].filter(([, row]) => inSpan(row))), streamedRows)
  }
  const late = new Map<string, readonly DeadLetter[]>()
  for (const [table, topic] of compared.dead) late.set(table, await lateLetters(topic, streamed.name))
  const { equal, differences } = differencesOf(streamedRows, await batch(new Map()))
  const unexplained =
    differences.length === 0
      ? []
      : differencesOf(
          streamedRows,
          await batch(new Map([...late].map(([table, letters]) => [table, watermarksOf(letters)]))),
        ).differences
  return { equal, differences, unexplained, late: [...late.values()].flat() }
}

async function lateLetters(topic: TopicReader, query: string): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = []
  for await (const { text } of readTexts(topic)) {
    const letter = JSON.parse(text) as DeadLetter
    if ((letter.kind === 'late' || letter.kind === 'partly_late') && letter.query === query) letters.push(letter)
  }
  return letters
}

function watermarksOf(letters: readonly DeadLetter[]): LateRecords {
  // Letters of versions before this one do not say it: then the record was late for all.
  const met = new Map(
    letters.map(({ partition, offset, watermark }) => [
      `${partition} ${offset}`,
      watermark === undefined ? Infinity : Date.parse(`${watermark}Z`),
    ]),
  )
  return { watermark: (partition, offset) => met.get(`${partition} ${offset}`) ?? -Infinity }
}

/** Why the rows of a query cannot be held against a span; undefined where they can. */
export function incomparable({ name, query }: CheckedQuery): string | undefined {
  const window = query.plan.fields.some(({ window }) => window === 'start' || window === 'end')
  return window
    ? undefined
    : `rows of query "${name}" do not say which window they are of: select window_start or window_end`
}
