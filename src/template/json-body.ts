/**
 * Bodies in JSON with values in them. Written as a group of keys in the pipeline file, a body is JSON whatever the values are:
 *
 *   body: { text: "{{ country }} fails", rate: "{{ error_rate | json }}" }   →   {"text":"DE fails","rate":0.07}
 *
 * Each text in it is a template. A value within a text is escaped; a text that is one value with `| json` and nothing else is
 * that value. A body that is written as one text is taken as it is, so there the values themselves have to be JSON.
 */
import { collectFailure, Failure } from '../base/failure.ts'
import type { Field } from '../record/type.ts'
import { placeInTemplate } from './place.ts'
import { parseTemplate, type Template, type TemplateValue, WHOLE_ROW } from './template.ts'

/** A body as written: a text, or a group of keys or a list, which is JSON. */
export type WrittenBody = string | readonly unknown[] | { readonly [key: string]: unknown }

/** A mistake in a body, or a probable one; `path`: of the text in it. */
export type BodyMistake = { readonly path: readonly (string | number)[]; readonly failure: Failure }

/** A template in the body, to check the names in it: its places are in the text at `path`. */
export type BodyText = { readonly path: readonly (string | number)[]; readonly template: Template }

export type ReadBody = {
  /** The whole body. */
  readonly template: Template
  readonly texts: readonly BodyText[]
  readonly mistakes: readonly BodyMistake[]
}

/** Reads a body. What is wrong with a text in it is among the mistakes, and that text is then empty. */
export function readTemplateBody(body: WrittenBody): ReadBody {
  const texts: BodyText[] = []
  const mistakes: BodyMistake[] = []
  const read = (text: string, path: BodyText['path']): Template => {
    const failures: Failure[] = []
    const template = collectFailure(failures, () => parseTemplate(text)) ?? { text, parts: [] }
    mistakes.push(...failures.map((failure) => ({ path, failure })))
    texts.push({ path, template })
    return template
  }
  if (typeof body === 'string') return { template: read(body, []), texts, mistakes }
  const parts: Template['parts'][number][] = []
  const add = (text: string) => parts.push({ kind: 'text', text })
  const write = (value: unknown, path: BodyText['path']): void => {
    if (typeof value === 'string') {
      parts.push(...jsonParts(read(value, path)))
    } else if (Array.isArray(value)) {
      add('[')
      value.forEach((part, index) => {
        if (index > 0) add(',')
        write(part, [...path, index])
      })
      add(']')
    } else if (typeof value === 'object' && value !== null) {
      add('{')
      Object.entries(value).forEach(([key, part], index) => {
        add(`${index > 0 ? ',' : ''}${JSON.stringify(key)}:`)
        write(part, [...path, key])
      })
      add('}')
    } else add(JSON.stringify(value ?? null))
  }
  write(body, [])
  return { template: { text: JSON.stringify(body), parts }, texts, mistakes }
}

/** A text of the body as a value of JSON. */
function jsonParts({ parts }: Template): Template['parts'] {
  const [only] = parts
  if (parts.length === 1 && only?.kind === 'value' && only.form === 'json') return parts
  const inner = parts.map((part): Template['parts'][number] => {
    if (part.kind === 'text') return { kind: 'text', text: JSON.stringify(part.text).slice(1, -1) }
    return { ...part, isInside: true }
  })
  return [{ kind: 'text', text: '"' }, ...inner, { kind: 'text', text: '"' }]
}

/** Types whose values without a filter are JSON, unless they are NULL or stand between quotes. */
const PLAIN = ['BOOLEAN', 'TINYINT', 'SMALLINT', 'INT', 'BIGINT', 'DECIMAL', 'ARRAY', 'MAP', 'ROW']

/**
 * Warnings about a body that is one text and looks like JSON, and is none for some values: a text with a quote in it, a NULL
 * where a number is meant.
 */
export function jsonWarnings({ text, parts }: Template, fields: readonly Field[]): readonly Failure[] {
  if (!/^\s*(\[|\{(?!\{))/.test(text)) return []
  const warnings: Failure[] = []
  let isQuoted = false
  for (const part of parts) {
    if (part.kind === 'text') {
      for (const [quote] of part.text.matchAll(/\\.|"/gsu)) if (quote === '"') isQuoted = !isQuoted
    } else {
      const warning = warningOf(part, isQuoted, fields)
      if (warning !== undefined) {
        const details = { place: placeInTemplate(text, part.range), hint: hintFor(part, isQuoted) }
        warnings.push(new Failure('pipeline', warning, details))
      }
    }
  }
  return warnings
}

function warningOf(value: TemplateValue, isQuoted: boolean, fields: readonly Field[]): string | undefined {
  const { name, form, otherwise } = value
  const type = fields.find((field) => field.name === name)?.type
  if (type === undefined && name !== WHOLE_ROW) return undefined
  if (form === 'json') {
    if (!isQuoted) return undefined
    return `{{ ${name} | json }} stands between quotes, and brings quotes of its own where it is a text`
  }
  if (type === undefined) return isQuoted ? `{{ ${name} }} stands between quotes, and has quotes in it` : undefined
  if (PLAIN.includes(type.kind)) {
    if (isQuoted || otherwise !== undefined) return undefined
    return `{{ ${name} }} is nothing where it is NULL, and the body is no JSON then`
  }
  return `{{ ${name} }} is not escaped: a value with a quote in it makes the body something else`
}

const hintFor = ({ name }: TemplateValue, isQuoted: boolean): string =>
  `Write {{ ${name} | json }}${isQuoted ? ' without the quotes around it' : ''}, or write the body as a group of keys, whose values are escaped.`
