/** What the engine gives for a case, beside what Flink gave. */
import type { Answer } from './cases.ts'
import { sameRows } from './rows.ts'
import type { Outcome } from './run.ts'

/** The difference to Flink's answer in words; undefined if there is none, or the statement is refused. */
export function difference(answer: Answer, outcome: Outcome): string | undefined {
  if (outcome.kind === 'refused') return undefined
  const names = answer.columns.map(({ name }) => name)
  if (outcome.names.join() !== names.join()) return `columns ${outcome.names} instead of ${names}`
  if (outcome.failed.length > 0) return `failed: ${outcome.failed[0]}`
  if (sameRows(outcome.rows, answer.rows, answer.ordered)) return undefined
  return `rows ${show(outcome.rows)} instead of ${show(answer.rows)}`
}

const show = (rows: readonly unknown[]) =>
  JSON.stringify(rows, (_, value) =>
    Object.is(value, -0) ? '-0' : typeof value === 'bigint' ? String(value) : value,
  ).slice(0, 600)
