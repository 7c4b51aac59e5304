/**
 * Writes what came out into the file as what is expected, in place: only the characters of the expectation change, so comments
 * and layout stay as they are.
 */
import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, parseDocument, Scalar } from 'yaml'
import { Failure } from '../base/failure.ts'
import type { CellText } from '../pipeline/expect/cell.ts'
import { writeTableText } from '../pipeline/expect/table-text.ts'
import type { Field, Type } from '../record/type.ts'
import { isNested, isNumeric } from '../record/type.ts'
import type { Problem, Right } from './judge.ts'

type Path = readonly (string | number)[]

/** The text with the right values of these problems. Throws a Failure where one of them does not stand in it. */
export function updated(text: string, problems: readonly Pick<Problem, 'path' | 'right'>[], file: string): string {
  const document = parseDocument(text, { logLevel: 'silent', prettyErrors: false })
  const edits = problems.flatMap(({ path, right }) => {
    if (right === undefined) return []
    const found = find(document.contents, path)
    if (found === undefined) {
      throw new Failure(
        'pipeline',
        `${path.join('.')} does not stand in ${file} itself, so it cannot be updated there`,
        {
          hint: 'Update it by hand: it is an alias, or another file says it.',
        },
      )
    }
    return [editOf(text, found, right)]
  })
  return edits
    .sort((a, b) => b.start - a.start)
    .reduce((whole, { start, end, by }) => whole.slice(0, start) + by + whole.slice(end), text)
}

/** Whether a value at this path can be changed in the text. */
export const standsIn = (text: string, path: Path): boolean =>
  find(parseDocument(text, { logLevel: 'silent', prettyErrors: false }).contents, path) !== undefined

type Edit = { readonly start: number; readonly end: number; readonly by: string }

/** A value in the text. `isFlow`: it is inside of `{ … }` or `[ … ]`, where no block can stand. */
type Found = { readonly pair: Pair; readonly value: Node | null; readonly isFlow: boolean }

function find(root: unknown, path: Path): Found | undefined {
  let at: unknown = root
  let found: Found | undefined
  let isFlow = false
  for (const part of path) {
    if (isAlias(at)) return undefined
    if (isSeq(at)) {
      at = at.items[Number(part)]
      continue
    }
    if (!isMap(at)) return undefined
    isFlow ||= at.flow === true
    const pair: Pair | undefined = at.items.find(({ key }) => isScalar(key) && String(key.value) === String(part))
    if (pair === undefined) return undefined
    at = pair.value
    found = { pair, value: pair.value as Node | null, isFlow }
  }
  // The long form has its rows below.
  return isMap(at) ? find(root, [...path, 'rows']) : isAlias(at) ? undefined : found
}

function editOf(text: string, { pair, value, isFlow }: Found, right: Right): Edit {
  const key = (pair.key as Node).range ?? [0, 0, 0]
  const column = key[0] - (text.lastIndexOf('\n', key[0] - 1) + 1)
  const behindKey = text.indexOf(':', key[1]) + 1
  const [start = behindKey, whole = behindKey] = value?.range ?? []
  // The range of a block has the line end behind it, or the blanks of the next line.
  const end = start + text.slice(start, whole).trimEnd().length
  const isEmpty = start === end
  const from = isEmpty ? behindKey : start
  const by = (written: string): Edit => ({
    start: from,
    end: isEmpty ? behindKey : end,
    by: isEmpty ? ` ${written}` : written,
  })
  if (right.kind === 'count') return by(String(right.count))
  const isBlock = isScalar(value) && (value.type === Scalar.BLOCK_LITERAL || value.type === Scalar.BLOCK_FOLDED)
  if (right.rows.length === 0) return by('[]')
  if (isFlow || right.form === 'list') {
    const indent = isEmpty || isFlow ? column + 2 : start - (text.lastIndexOf('\n', start - 1) + 1)
    const isInLine = isFlow || (isSeq(value) && value.flow === true)
    return by(isInLine ? flowList(right, column + 2) : blockList(right, indent))
  }
  const isJson = right.form === 'ndjson' || right.rows.some((row) => row.some(isOddText))
  const lines = isJson ? right.rows.map((row) => flowRow(right, row, true)) : writeTableText(right)
  return blockEdit(text, by(''), { lines, indent: ' '.repeat(column + 2), isBlock })
}

/** Whether a text has a line end or another control character, which no line of a table can have, and a line of JSON can. */
const isOddText = (cell: CellText): boolean => cell !== undefined && /[^\P{Cc}\t]/u.test(cell)

/** A block literal. A comment behind the key stays there. */
function blockEdit(
  text: string,
  { start, end, by }: Edit,
  { lines, indent, isBlock }: { readonly lines: readonly string[]; readonly indent: string; readonly isBlock: boolean },
): Edit {
  const block = (comment: string) => `${by}|${comment}\n${lines.map((line) => indent + line).join('\n')}`
  const line = isBlock ? /^\|[+-]?([ \t]*#.*)?(?=\r?\n)/.exec(text.slice(start)) : undefined
  if (line !== undefined) return { start, end, by: block(line?.[1] ?? '') }
  const [comment = ''] = /^[ \t]*#.*/.exec(text.slice(end)) ?? []
  return { start, end: end + comment.length, by: block(comment.trimEnd()) }
}

type Rows = Extract<Right, { readonly kind: 'rows' }>

const blockList = (right: Rows, indent: number): string =>
  right.rows.map((row) => `- ${flowRow(right, row, false)}`).join(`\n${' '.repeat(indent)}`)

function flowList(right: Rows, indent: number): string {
  const rows = right.rows.map((row) => flowRow(right, row, false))
  const line = `[${rows.join(', ')}]`
  const blanks = ' '.repeat(indent)
  return line.length <= 100 ? line : `[\n${rows.map((row) => `${blanks}  ${row},\n`).join('')}${blanks}]`
}

/** A row as YAML, or as JSON. */
function flowRow({ columns, fields }: Rows, row: readonly CellText[], isJson: boolean): string {
  const members = columns.map((column, i) => {
    const type = fields?.find(({ name }) => name === column)?.type
    const name = !isJson && /^[A-Za-z_]\w*$/.test(column) ? column : JSON.stringify(column)
    return `${name}: ${valueText(row[i], type, fields)}`
  })
  return isJson ? `{${members.join(', ')}}` : `{ ${members.join(', ')} }`
}

function valueText(cell: CellText, type: Type | undefined, fields: readonly Field[] | undefined): string {
  if (cell === undefined) return 'null'
  const isNumber = type === undefined ? fields === undefined && /^\d+$/.test(cell) : isNumeric(type)
  const isPlain = isNumber || type?.kind === 'BOOLEAN' || (type !== undefined && isNested(type))
  return isPlain ? cell : JSON.stringify(cell)
}
