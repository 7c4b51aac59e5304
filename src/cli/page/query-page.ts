/** The rows of `query` as a page. It is loaded where a page is asked for: every other query would start later for it. */
import { basename } from 'node:path'
import type { Command } from 'commander'
import { countText } from '../../base/units.ts'
import { pageColumns } from '../../page/rows.ts'
import type { QueryOutcome } from '../../query/file-query.ts'
import type { RowsOut } from '../rows-out.ts'
import { openPageRows, writePage } from './page-out.ts'

type Answered = {
  readonly sql: string
  /** Globs of the files, or `-`. */
  readonly patterns: readonly string[]
  readonly title: string | undefined
  readonly timezone: string
  readonly outcome: QueryOutcome
  readonly rowKey: readonly number[] | undefined
}

export type QueryPage = { readonly rows: RowsOut; write(answered: Answered): Promise<void> }

/** The page of the command that was called. Throws a Failure where it would come onto a terminal, or was not built. */
export function openQueryPage(command: Command): QueryPage {
  const rows = openPageRows()
  return {
    rows,
    async write({ sql, patterns, title, timezone, outcome, rowKey }) {
      const { lines, dead, fields, failed, firstReason } = outcome
      const files = patterns.map((pattern) => (pattern === '-' ? 'standard input' : basename(pattern)))
      const reason = firstReason === undefined ? '' : `; the first: ${firstReason}`
      const letters = dead === 0 ? 'none' : `${countText(dead, 'line')}${failed > 0 ? ' and rows' : ''}${reason}`
      const columns = pageColumns(fields, rowKey)
      const { kept } = rows
      await writePage(command, {
        title: title || (files.length === 0 ? 'tailrace' : files.join(', ')),
        timezone,
        facts: [
          ['read', countText(lines, 'line')],
          ['dead letters', letters],
        ],
        results: [{ name: 'Rows', sql, columns, rows: kept.rows, total: kept.total, kept: 'first' }],
      })
    },
  }
}
