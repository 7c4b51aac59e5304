/** What `report --compare` prints: differences on standard output, one JSON object a line; their reasons on standard error. */
import { Failure } from '../../base/failure.ts'
import { counted } from '../../base/units.ts'
import type { Comparison, ReportComparison } from '../../history/compare-rows.ts'
import { say } from '../say.ts'

/** Late records that are printed one by one; the others are only counted. */
export const SHOWN = 20

/** Of the rows of a query. Throws a Failure where late records do not explain the differences. */
export function tellComparison(compared: Comparison): void {
  const { equal, differences, late } = compared
  tellDifferences(differences)
  tellLate(late)
  const found = [...late.values()]
  const records = found.reduce((sum, one) => sum + one.records, 0)
  const partly = found.reduce((sum, one) => sum + one.partly, 0)
  const some = partly === 0 ? '' : `, ${partly} of them for some of their windows`
  say(`${counted(equal, 'row')} equal, ${differences.length} differ, ${counted(records, 'late record')}${some}`)
  refuseUnexplained(compared)
}

/**
 * Of the rows of a report whose windows are not those of the query: they are compared with those that it would have without
 * the records that were late in the query. `streamed` is what the query itself has put out. Throws as `tellComparison` does.
 */
export function tellReport(report: ReportComparison, streamed: Comparison, query: string): void {
  const { equal, differences, late, missed } = report
  tellDifferences(differences)
  if (missed > 0) tellLate(late)
  say(
    `${counted(equal, 'row')} equal, ${differences.length} differ by the ${counted(missed, 'record')} of the span that came too late for query ${query}`,
  )
  const lacking = streamed.differences.length
  say(`query ${query} in the span: ${counted(streamed.equal, 'row')} equal to its SQL in batch mode, ${lacking} differ`)
  refuseUnexplained(streamed)
}

function tellDifferences(differences: Comparison['differences']): void {
  for (const { streamed, batch } of differences) {
    process.stdout.write(`{"streamed":${streamed ?? 'null'},"report":${batch ?? 'null'}}\n`)
  }
}

function tellLate(late: Comparison['late']): void {
  const found = [...late.values()]
  const shown = found.flatMap(({ some }) => some).slice(0, SHOWN)
  for (const { topic, partition, offset, reason, record } of shown) {
    say(`late: ${topic} partition ${partition} offset ${offset}: ${reason}: ${record}`)
  }
  const records = found.reduce((sum, one) => sum + one.records, 0)
  if (records > shown.length) say(`late: ${records - shown.length} more`)
}

function refuseUnexplained({ unexplained }: Comparison): void {
  if (unexplained.length === 0) return
  throw new Failure('io', `${unexplained.length} rows differ for another reason than late records`, {
    hint: 'Is the query of the pipeline file the one that ran? Were records removed by retention?',
  })
}
