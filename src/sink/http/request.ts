/**
 * Requests made of rows, by the templates of the options. What a value may do is bounded by where it stands: in an address it is
 * escaped and cannot leave its part of the path, in a header it is one line.
 */
import type { HttpRequest } from '../../client/http/client.ts'
import { fillTemplate, type JsonOf } from '../../template/fill.ts'
import { readTemplateBody, type WrittenBody } from '../../template/json-body.ts'
import { parseTemplate, type Template } from '../../template/template.ts'
import { type HttpSinkOptions, ROWS } from './options.ts'

/** Most characters of the body of a request. */
const LONGEST_BODY = 64 << 20
const LONGEST_ADDRESS = 16 << 10

type Named = readonly (readonly [name: string, template: Template])[]

export type RequestTemplates = {
  readonly all: readonly Template[]
  readonly url: Template
  readonly query: Named
  readonly headers: Named
  readonly body: Template
  readonly envelope: Template | undefined
}

/** A value of the data that cannot be sent. */
export type Unsendable = { readonly reason: string }

/** The templates of options that were checked. */
export function requestTemplates(options: HttpSinkOptions): RequestTemplates {
  const named = (texts: { readonly [name: string]: string }): Named =>
    Object.entries(texts).map(([name, text]) => [name, parseTemplate(text)])
  const { send, headers } = options
  const url = parseTemplate(options.url)
  const query = named(options.query ?? {})
  const own = named(headers ?? {})
  const body = bodyTemplate(options.body ?? '{{ row | json }}', send)
  const envelope = options.envelope === undefined ? undefined : parseTemplate(options.envelope)
  const type: Named = own.some(([name]) => name.toLowerCase() === 'content-type')
    ? []
    : [['content-type', parseTemplate(contentType(options))]]
  const all = [url, ...[...query, ...own].map(([, template]) => template), body]
  return { all, url, query, headers: [...type, ...own], body, envelope }
}

/** What is made of a row. With `lines`, a list is a line for each of its parts. */
function bodyTemplate(body: WrittenBody, send: HttpSinkOptions['send']): Template {
  if (send !== 'lines' || !Array.isArray(body)) return readTemplateBody(body).template
  const parts = body.flatMap((line: unknown, index): Template['parts'] => {
    const { parts } = readTemplateBody(line as WrittenBody).template
    return index === 0 ? parts : [{ kind: 'text', text: '\n' }, ...parts]
  })
  return { text: JSON.stringify(body), parts }
}

function contentType({ send, body, envelope }: HttpSinkOptions): string {
  if (send === 'lines' && envelope === undefined) return 'application/x-ndjson'
  const text = envelope ?? body
  const isJson = typeof text !== 'string' || /^\s*([[{])/.test(text)
  return isJson ? 'application/json' : 'text/plain; charset=utf-8'
}

/** The text of a row in a body; undefined where it would be too long. */
export const rowText = ({ body }: RequestTemplates, values: JsonOf): string | undefined =>
  fillTemplate(body, values, { most: LONGEST_BODY })

/** The body of the texts of rows; undefined where it would be too long. */
export function requestBody(
  { envelope }: RequestTemplates,
  texts: readonly string[],
  send: HttpSinkOptions['send'],
): string | undefined {
  if (texts.reduce((sum, text) => sum + text.length + 1, 0) > LONGEST_BODY) return undefined
  const rows = send === 'array' ? `[${texts.join(',\n')}]` : send === 'lines' ? `${texts.join('\n')}\n` : texts.join('')
  if (envelope === undefined) return rows
  return fillTemplate({ ...envelope, parts: envelope.parts.map((part) => asRows(part, rows)) }, () => 'null')
}

const asRows = (part: Template['parts'][number], rows: string): Template['parts'][number] =>
  part.kind === 'value' && part.name === ROWS ? { kind: 'text', text: rows } : part

/** Half of a character has no form in an address. */
const inAddress = (text: string): string => encodeURIComponent(text.toWellFormed())

/** A part of a path that leads elsewhere, also where it is escaped. */
const UPWARD = /(^|\/)(\.|%2e){1,2}(\/|$)/i
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

const TOO_LONG: Unsendable = { reason: 'the address would be too long' }

/** Address and headers of a request. */
export function headOf(
  templates: RequestTemplates,
  values: JsonOf,
  id: string,
): Pick<HttpRequest, 'url' | 'headers'> | Unsendable {
  const most = LONGEST_ADDRESS
  const filled = fillTemplate(templates.url, values, { escape: inAddress, most })
  // The text around a value is escaped, too.
  const query = templates.query.map(([name, one]) => {
    const value = fillTemplate(one, values, { most })
    return value === undefined ? undefined : `${inAddress(name)}=${inAddress(value)}`
  })
  if (filled === undefined || query.includes(undefined)) return TOO_LONG
  const url = query.length === 0 ? filled : `${filled}${filled.includes('?') ? '&' : '?'}${query.join('&')}`
  if (url.length > LONGEST_ADDRESS) return TOO_LONG
  if (UPWARD.test(filled.split('?', 1)[0] ?? '')) return { reason: `${filled} would be another address` }
  const headers: { [name: string]: string } = { 'idempotency-key': id }
  for (const [name, template] of templates.headers) {
    const value = fillTemplate(template, values, { most: LONGEST_ADDRESS })
    if (value === undefined || !HEADER_VALUE.test(value))
      return { reason: `the value of header ${name} cannot be sent` }
    headers[name.toLowerCase()] = value
  }
  return { url, headers }
}
