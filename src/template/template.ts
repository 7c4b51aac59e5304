/**
 * Texts with values in them, as webhooks, mails and messages of alerts want: `{{ country }}: {{ error_rate }} of all fail`.
 *
 *   {{ column }}                   the value as JSON and CSV have it, without quotes; nothing where it is NULL
 *   {{ `odd | name` }}             a name that has `|` or `}}` in it
 *   {{ column | json }}            the value as JSON, a text with its quotes; null where it is NULL
 *   {{ column | default "none" }}  another text where it is NULL
 *   {{ row | json }}               the whole row as a JSON object, unless a column is called `row`
 *   {{ "{{" }}                     these characters
 *
 * That is all there is: the query computes the rest.
 */
import { Failure, throwAll } from '../base/failure.ts'
import { nearest } from '../base/nearest.ts'
import { placeInTemplate, type TemplateRange } from './place.ts'

/** Longest text of a template, in UTF-16 units. */
export const LONGEST_TEMPLATE: number = 64 << 10
/** Most values in one template. */
export const MOST_VALUES = 500

/** The name of the whole row, where no column has it. */
export const WHOLE_ROW = 'row'

export type TemplateValue = {
  readonly kind: 'value'
  readonly name: string
  readonly form: 'text' | 'json'
  /** Whether it stands within a text of JSON, and so is escaped for that. */
  readonly isInside?: true
  /** What stands for NULL. */
  readonly otherwise: string | undefined
  /** From `{{` to `}}` in the text. */
  readonly range: TemplateRange
}

type TemplatePart = { readonly kind: 'text'; readonly text: string } | TemplateValue

export type Template = {
  /** As written. */
  readonly text: string
  readonly parts: readonly TemplatePart[]
}

const FILTERS = ['json', 'default']

/**
 * Reads a template. Throws a Failure `pipeline` with all mistakes in it, each with its place in the text: filters that do
 * not exist, braces that are not closed; or a Failure `limit`.
 */
export function parseTemplate(text: string): Template {
  if (text.length > LONGEST_TEMPLATE) {
    throw new Failure('limit', `a template has at most ${LONGEST_TEMPLATE} characters, and this one ${text.length}`)
  }
  const parts: TemplatePart[] = []
  const failures: Failure[] = []
  let from = 0
  for (let open = text.indexOf('{{'); open >= 0; open = text.indexOf('{{', from)) {
    if (open > from) parts.push({ kind: 'text', text: text.slice(from, open) })
    const found = readTag(text, open)
    if (found instanceof Failure) failures.push(found)
    else parts.push(found.part)
    const close = found instanceof Failure ? text.indexOf('}}', open) + 2 : found.end
    from = close > open + 2 ? close : text.length
  }
  if (from < text.length) parts.push({ kind: 'text', text: text.slice(from) })
  throwAll(failures)
  if (valuesIn({ text, parts }).length > MOST_VALUES) {
    throw new Failure('limit', `a template has at most ${MOST_VALUES} values`)
  }
  return { text, parts }
}

/** The values of a template, in its order. */
export const valuesIn = ({ parts }: Template): readonly TemplateValue[] => parts.filter((part) => part.kind === 'value')

/** One piece of a tag: a text in double quotes, a name in backquotes, a bar, the end, or a bare word up to one of these. */
const PIECE = /\s*(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`|(\|)|(\}\})|((?:(?!\}\})[^|"`])+))/suy

type Piece = { readonly text: string; readonly kind: 'quoted' | 'name' | 'bar' | 'end' | 'word'; readonly at: number }

/** The tag that begins at `open`, and where it ends; or what is wrong with it. */
function readTag(text: string, open: number): { readonly part: TemplatePart; readonly end: number } | Failure {
  const pieces: Piece[] = []
  let at = open + 2
  for (;;) {
    const piece = readPiece(text, at)
    if (piece === undefined) {
      const hint = 'Write {{ column }}; where {{ itself is meant: {{ "{{" }}.'
      return failed(text, { start: open, end: open + 2 }, '{{ is not closed by }}', hint)
    }
    at = PIECE.lastIndex
    if (piece.kind === 'end') break
    pieces.push(piece)
  }
  const part = partOf(text, pieces, { start: open, end: at })
  return part instanceof Failure ? part : { part, end: at }
}

function readPiece(text: string, from: number): Piece | undefined {
  PIECE.lastIndex = from
  const found = PIECE.exec(text)
  if (found === null) return undefined
  const [whole, quoted, name, bar, end, word = ''] = found
  const at = from + whole.length - whole.trimStart().length
  if (quoted !== undefined) return { kind: 'quoted', text: quoted.replace(/\\(.)/gsu, '$1'), at }
  if (name !== undefined) return { kind: 'name', text: name, at }
  if (bar !== undefined) return { kind: 'bar', text: bar, at }
  return end === undefined ? { kind: 'word', text: word.trim(), at } : { kind: 'end', text: end, at }
}

function partOf(text: string, pieces: readonly Piece[], range: TemplateRange): TemplatePart | Failure {
  const [first, ...more] = pieces
  if (first === undefined || first.kind === 'bar' || (first.text === '' && first.kind !== 'quoted')) {
    return failed(text, range, 'there is no name between {{ and }}', 'Write the name of a column: {{ column }}.')
  }
  if (first.kind === 'quoted') {
    if (more.length === 0) return { kind: 'text', text: first.text }
    return failed(text, range, 'a text in quotes has no filters', `Write ${JSON.stringify(first.text)} alone.`)
  }
  let form: TemplateValue['form'] = 'text'
  let otherwise: string | undefined
  for (let i = 0; i < more.length; i++) {
    const [bar, filter] = [more[i] as Piece, more[++i]]
    if (bar.kind !== 'bar' || filter?.kind !== 'word') {
      const at = rangeOf(bar.kind === 'bar' ? (filter ?? bar) : bar)
      return failed(text, at, `expected | and a filter: ${FILTERS.join(' or ')}`)
    }
    if (form === 'json') return failed(text, rangeOf(filter), 'json is the last filter', 'Put default before it.')
    if (filter.text === 'json') form = 'json'
    else if (filter.text === 'default') {
      const value = more[++i]
      if (value?.kind !== 'quoted') {
        return failed(text, rangeOf(filter), 'default needs a text in double quotes', 'Write | default "none".')
      }
      otherwise = value.text
    } else return unknownFilter(text, filter)
  }
  return { kind: 'value', name: first.text, form, otherwise, range }
}

function unknownFilter(text: string, filter: Piece): Failure {
  const near = nearest(filter.text, FILTERS)
  const hint = `${near === undefined ? '' : `Did you mean ${near}? `}The filters are json and default "…"; compute the rest in the query.`
  return failed(text, rangeOf(filter), `there is no filter ${filter.text}`, hint)
}

const rangeOf = ({ at, text }: Piece): TemplateRange => ({ start: at, end: at + text.length })

const failed = (text: string, range: TemplateRange, message: string, hint?: string): Failure =>
  new Failure('pipeline', message, { place: placeInTemplate(text, range), hint })
