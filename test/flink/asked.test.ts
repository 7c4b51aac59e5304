/**
 * Further answers of Flink 2.3.0, asked of its TableEnvironment in batch mode (`fixtures/asked.jsonl`, in the notation of the
 * answers in ../shared/flink). In Flink, the columns of table w were computed with RAND() * 0, so that nothing was folded.
 */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { casesIn } from './cases.ts'
import { sameRows } from './rows.ts'
import { runCase } from './run.ts'

const asked = casesIn(join(import.meta.dirname, 'fixtures/asked.jsonl'))

test.each(asked.map((one) => [one.sql, one]))('%s', (_, one) => {
  const outcome = runCase(one, 1000)
  if (one.error !== undefined) {
    // Where Flink's job fails, the statement is refused, or the row is a dead letter.
    const isRefused = outcome.kind === 'refused'
    expect(isRefused || (one.error === 'runtime' && outcome.failed.length > 0)).toBe(true)
  } else if (one.group === 'in-refused') {
    // Flink changes the values of the list, which nobody means.
    expect(outcome.kind).toBe('refused')
  } else {
    expect(outcome).toMatchObject({ kind: 'rows', failed: [] })
    expect(outcome.kind === 'rows' && sameRows(outcome.rows, one.rows, one.ordered), JSON.stringify(outcome)).toBe(true)
  }
})
