/** Cuts a statement into pieces that look alike, as the tokens of the language are: `src/sql/syntax/token.ts` has their rules. */

export type PieceKind = 'keyword' | 'function' | 'string' | 'name' | 'number' | 'comment' | 'plain'

export type Piece = { readonly start: number; readonly end: number; readonly kind: PieceKind }

const PIECES =
  /(--[^\r\n]*|\/\/[^\r\n]*|\/\*[\s\S]*?(?:\*\/|$))|('(?:[^']|'')*(?:'|$))|(`(?:[^`\r\n]|``)*`?)|((?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)|([$_\p{L}][$_\p{L}\d]*)/gu

const KEYWORDS = new Set(
  `ALL AND ANTI ANY ARRAY AS ASC BETWEEN BIGINT BOOLEAN BY CASE CAST CROSS CUBE CUMULATE DATE DAY DECIMAL DESC DESCRIPTOR DISTINCT
  DOUBLE ELSE END ESCAPE EXCEPT EXISTS FALSE FILTER FIRST FOLLOWING FOR FROM FULL GROUP GROUPING HAVING HOP HOUR IN INNER INT
  INTERSECT INTERVAL IS JOIN LAST LATERAL LEFT LIKE LIMIT MINUTE MONTH NATURAL NOT NULL NULLS OF OFFSET ON OR ORDER OUTER OVER
  PARTITION PRECEDING QUALIFY RANGE RIGHT ROLLUP ROW ROWS SECOND SELECT SEMI SESSION SETS SIMILAR STRING SYSTEM_TIME TABLE THEN
  TIME TIMESTAMP TIMESTAMP_LTZ TO TRUE TRY_CAST TUMBLE UNBOUNDED UNION UNNEST USING VALUES WHEN WHERE WITH WITHIN YEAR`
    .trim()
    .split(/\s+/),
)

/** The pieces of a text; together they cover it. */
export function piecesOf(sql: string): readonly Piece[] {
  const pieces: Piece[] = []
  let at = 0
  for (const match of sql.matchAll(PIECES)) {
    const [text, comment, string, name, number] = match
    const start = match.index
    const end = start + text.length
    if (start > at) pieces.push({ start: at, end: start, kind: 'plain' })
    const kind =
      comment !== undefined
        ? 'comment'
        : string !== undefined
          ? 'string'
          : name !== undefined
            ? 'name'
            : number !== undefined
              ? 'number'
              : wordKind(text, sql.slice(end))
    pieces.push({ start, end, kind })
    at = end
  }
  if (at < sql.length) pieces.push({ start: at, end: sql.length, kind: 'plain' })
  return pieces
}

function wordKind(word: string, rest: string): PieceKind {
  if (KEYWORDS.has(word.toUpperCase())) return 'keyword'
  return /^\s*\(/.test(rest) ? 'function' : 'plain'
}

export type TextMark = { readonly start: number; readonly end: number; readonly className: string }

/** Pieces cut again where a mark begins or ends, and the marks that each is in. */
export function markedPieces(
  sql: string,
  marks: readonly TextMark[],
): readonly (Piece & { readonly marks: readonly string[] })[] {
  const borders = [...new Set(marks.flatMap(({ start, end }) => [start, end]))].sort((a, b) => a - b)
  return piecesOf(sql).flatMap((piece) => {
    const inside = borders.filter((border) => border > piece.start && border < piece.end)
    const starts = [piece.start, ...inside]
    return starts.map((start, index) => {
      const end = starts[index + 1] ?? piece.end
      const within = marks.filter((mark) => mark.start < end && mark.end > start).map(({ className }) => className)
      return { start, end, kind: piece.kind, marks: within }
    })
  })
}
