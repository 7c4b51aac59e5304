/** Templates over the rows of a batch: whether their names are columns, and the values of these as JSON. */
import { Failure } from '../base/failure.ts'
import { nearest } from '../base/nearest.ts'
import { ndjsonEncoder } from '../format/write/json.ts'
import { type Batch, batchOfRows, type Column } from '../record/column.ts'
import type { Field } from '../record/type.ts'
import type { JsonOf } from './fill.ts'
import { placeInTemplate } from './place.ts'
import { type Template, valuesIn, WHOLE_ROW } from './template.ts'

/** A Failure `pipeline` for each name in the template that is none of `columns`, with its place and the nearest name. */
export function unknownNames(template: Template, columns: readonly string[]): readonly Failure[] {
  return valuesIn(template).flatMap(({ name, range }) => {
    if (name === WHOLE_ROW || columns.includes(name)) return []
    const near = nearest(name, columns)
    const hint = `${near === undefined ? '' : `Did you mean ${near}? `}The columns are ${columns.join(', ')}.`
    return new Failure('pipeline', `there is no column ${name}`, { place: placeInTemplate(template.text, range), hint })
  })
}

/** The values of one row of a batch, each as JSON. */
export type TemplateRows = (row: number) => JsonOf

/**
 * Opens what gives the rows of a batch to the templates, of which every name is a column. What it gives for a batch is valid
 * until its next call.
 */
export function openTemplateRows(
  templates: readonly Template[],
  fields: readonly Field[],
): (batch: Batch) => TemplateRows {
  const names = new Set(templates.flatMap((template) => valuesIn(template).map(({ name }) => name)))
  const writers = new Map([...names].map((name) => [name, writerOf(name, fields)]))
  return (batch) => {
    const texts = new Map([...writers].map(([name, write]) => [name, write(batch)]))
    return (row) => (name) => texts.get(name)?.(row) ?? 'null'
  }
}

type Write = (batch: Batch) => (row: number) => string

function writerOf(name: string, fields: readonly Field[]): Write {
  const index = fields.findIndex((field) => field.name === name)
  const field = fields[index]
  if (field === undefined) return objects(fields, (batch) => batch.columns, 0)
  // Of the object {"name":VALUE}, the value.
  const lead = Buffer.byteLength(JSON.stringify(name)) + 2
  return objects([field], ({ columns }) => [columns[index] as Column], lead)
}

/** The JSON objects of rows with these fields, without their first `lead` bytes and, where there are any, their last. */
function objects(fields: readonly Field[], columnsOf: (batch: Batch) => readonly Column[], lead: number): Write {
  const encoder = ndjsonEncoder(fields)
  let ends = new Int32Array(0)
  return (batch) => {
    const { count } = batch
    if (ends.length < count) ends = new Int32Array(count)
    const bytes = Buffer.from(encoder.encode(batchOfRows(count, columnsOf(batch)), 0, count, ends))
    const behind = lead === 0 ? 0 : 1
    return (row) => {
      const start = row === 0 ? 0 : (ends[row - 1] as number) + 1
      return bytes.toString('utf8', start + lead, (ends[row] as number) - behind)
    }
  }
}
