/**
 * Tells ties from differences: the row of the other engine must have been among the candidates of a Top-N or a LIMIT. These are computed
 * once more, by the plan below the choice.
 */
import { type Batch, type Column, valueAt } from '../record/column.ts'
import type { Query } from '../sql/plan/plan.ts'
import { cellOfValue, cellText } from './cell.ts'
import { type CellRow, type ComparedRows, differentColumns, type RowDifference, type Tie } from './compare.ts'
import { type Choice, choiceIn } from './freedom.ts'

export type TieCheck = {
  readonly query: Query
  readonly timezone: string
  /** Runs another plan over the same input. */
  run(query: Query, emit: (rows: Batch) => void): Promise<unknown>
}

/** The comparison, in which a tie whose row was no candidate has become a difference. Rejects as `run` does. */
export async function checkedTies(compared: ComparedRows, { query, timezone, run }: TieCheck): Promise<ComparedRows> {
  const choice = compared.ties.length === 0 ? undefined : choiceIn(query.plan)
  if (choice === undefined) return compared
  const wanted = new Set(compared.ties.map(({ theirs }) => shownText(theirs, choice)))
  const found = new Set<string>()
  const { fields } = choice.candidates
  const asked: Query = { ...query, plan: choice.candidates, rowKey: undefined, rowKeyParts: undefined }
  await run(asked, ({ count, columns }) => {
    for (let row = 0; row < count; row++) {
      const cells = [...choice.shown.values()].map((at) => {
        const { type } = fields[at] as (typeof fields)[number]
        return cellText(cellOfValue(valueAt(columns[at] as Column, row, type), type, timezone))
      })
      const text = cells.join('\0')
      if (wanted.has(text)) found.add(text)
    }
  })
  // A column that the candidates do not have is computed from them, and nothing here tells whether it is right.
  const isWhole = query.plan.fields.every((_, column) => choice.shown.has(column) || choice.columns.includes(column))
  const isTie = ({ theirs }: Tie) => isWhole && found.has(shownText(theirs, choice))
  const wrong = compared.ties.filter((tie) => !isTie(tie)).map(differenceOf)
  return { ...compared, ties: compared.ties.filter(isTie), differences: [...wrong, ...compared.differences] }
}

const shownText = (row: CellRow, { shown }: Choice): string =>
  [...shown.keys()].map((column) => cellText(row[column] ?? null)).join('\0')

const differenceOf = ({ ours, theirs }: Tie): RowDifference => ({
  ours,
  theirs,
  columns: differentColumns(ours, theirs),
})
