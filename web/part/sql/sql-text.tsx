/** SQL with its words told apart, as the editor of the console shows it. */
import type { VNode } from 'preact'
import { piecesOf } from './highlight.ts'

export const SqlText = ({ sql }: { readonly sql: string }): VNode => (
  <>
    {piecesOf(sql).map(({ start, end, kind }) =>
      kind === 'plain' ? (
        sql.slice(start, end)
      ) : (
        <span key={start} class={`sql-${kind}`}>
          {sql.slice(start, end)}
        </span>
      ),
    )}
  </>
)
