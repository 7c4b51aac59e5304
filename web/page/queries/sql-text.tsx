/** SQL with its words told apart. Everything is shown as it is written: what is not recognised stays plain. */
import type { VNode } from 'preact'

export type SqlPiece = {
  readonly kind: 'word' | 'text' | 'number' | 'comment' | 'call' | 'plain'
  readonly text: string
}

const TOKEN =
  /(?<comment>--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<text>'(?:[^']|'')*'?)|(?<quoted>`[^`]*`?)|(?<number>\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b)|(?<name>[A-Za-z_]\w*)/g

const WORDS = new Set(
  `ALL AND ANY ARRAY AS ASC BETWEEN BY CASE CAST CROSS CUBE CURRENT DAY DESC DESCRIPTOR DISTINCT ELSE END ESCAPE EXCEPT EXISTS
  FALSE FETCH FILTER FIRST FOLLOWING FOR FROM FULL GROUP GROUPING HAVING HOUR IN INNER INTERSECT INTERVAL IS JOIN LAST LATERAL LEFT
  LIKE LIMIT MAP MINUTE MONTH NOT NULL NULLS OF OFFSET ON OR ORDER OUTER OVER PARTITION PRECEDING RANGE RIGHT ROLLUP ROW ROWS
  SECOND SELECT SETS SIMILAR SYSTEM_TIME TABLE THEN TO TRUE UNBOUNDED UNION UNNEST USING VALUES WHEN WHERE WINDOW WITH WITHIN YEAR`.split(
    /\s+/,
  ),
)

/** The text in pieces, which together are the text. */
export function piecesOf(sql: string): readonly SqlPiece[] {
  const pieces: SqlPiece[] = []
  let at = 0
  for (const { 0: text, index, groups = {} } of sql.matchAll(TOKEN)) {
    if (index > at) pieces.push({ kind: 'plain', text: sql.slice(at, index) })
    at = index + text.length
    pieces.push({ kind: kindOf(text, groups, sql.slice(at)), text })
  }
  return at < sql.length ? [...pieces, { kind: 'plain', text: sql.slice(at) }] : pieces
}

function kindOf(text: string, groups: { readonly [name: string]: string | undefined }, rest: string): SqlPiece['kind'] {
  if (groups.comment !== undefined) return 'comment'
  if (groups.text !== undefined) return 'text'
  if (groups.number !== undefined) return 'number'
  if (groups.name === undefined) return 'plain'
  if (WORDS.has(text.toUpperCase())) return 'word'
  return /^\s*\(/.test(rest) ? 'call' : 'plain'
}

export const SqlText = ({ sql }: { readonly sql: string }): VNode => (
  <>
    {piecesOf(sql).map(({ kind, text }, index) =>
      kind === 'plain' ? (
        text
      ) : (
        // Pieces have no names of their own, and never move.
        <span key={index} class={`sql-${kind}`}>
          {text}
        </span>
      ),
    )}
  </>
)
