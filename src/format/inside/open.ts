/**
 * Opens a format whose text column holds another one (`inside: { message: combined }`). The columns of both are columns of the
 * record, and event time is that of the inner one.
 *
 * Names that both have: what the user has declared can be called otherwise, so there it is a mistake; a column that the outer
 * format brings itself gets its name in front (`docker_ts`), as the inner format is what people ask about.
 */
import { Failure } from '../../base/failure.ts'
import { nearest } from '../../base/nearest.ts'
import type { Records, StringColumn } from '../../record/column.ts'
import { sliceRecords } from '../../record/records.ts'
import { type Field, typeName } from '../../record/type.ts'
import type { OpenFormat } from '../format.ts'
import { insideDecoder } from './decoder.ts'
import { InnerTexts } from './texts.ts'

/** The outer format, its name, and the text column that the inner one lies in. */
export type Around = { readonly name: string; readonly outer: OpenFormat; readonly column: string }

/** The outer format with the inner one in it, which `open` opens with the texts of the sample. Throws a Failure `usage`. */
export function openInside(
  { name, outer, column }: Around,
  sample: Records | undefined,
  open: (texts: Records | undefined) => OpenFormat,
): OpenFormat {
  const at = textColumn(outer, name, column)
  const inner = open(sample === undefined ? undefined : textsOf(outer, at, sample))
  if (inner.skipsFirstLine) {
    throw new Failure('usage', 'a text in a column has no line of names before it', {
      hint: 'Declare the columns of the format inside.',
    })
  }
  const renamed = withoutClashes(name, outer, inner.fields)
  const fields = [...renamed.fields, ...inner.fields]
  return {
    ...renamed,
    fields,
    inside: { column, format: inner },
    readsArrival: outer.readsArrival === true || inner.readsArrival === true,
    rowtime: inner.rowtime === undefined ? outer.rowtime : outer.fields.length + inner.rowtime,
    decoder: (columns) => insideDecoder({ outer: renamed, at, column, inner }, columns),
  }
}

function textColumn({ fields }: OpenFormat, format: string, column: string): number {
  const at = fields.findIndex(({ name }) => name === column)
  const field = fields[at]
  if (field === undefined) {
    const texts = fields.filter(({ type }) => type.kind === 'STRING').map(({ name }) => name)
    const near = nearest(column, texts)
    throw new Failure('usage', `format ${format} has no column ${column}`, {
      hint: near === undefined ? `Its texts are ${texts.join(', ')}.` : `Did you mean ${near}?`,
    })
  }
  if (field.type.kind === 'STRING') return at
  throw new Failure('usage', `column ${column} is of type ${typeName(field.type)}, and a format lies in texts only`, {
    hint: `Declare it as STRING.`,
  })
}

/** The texts of column `at` in a sample, which may begin with a header. */
export const textsOf = (outer: OpenFormat, at: number, sample: Records): Records =>
  textsOfEach(outer, [at], sample)[0] as Records

/** The texts of each of these columns. The sample is read once: where the columns are found, it may have thousands of them. */
export function textsOfEach(outer: OpenFormat, columns: readonly number[], sample: Records): readonly Records[] {
  const records = outer.skipsFirstLine ? sliceRecords(sample, Math.min(1, sample.count), sample.count) : sample
  // The texts of a line do not depend on its year, so any arrival will do.
  const batch = outer.decoder(columns)(records, { add: () => undefined }, { arrival: 0, timestamps: [] })
  return batch.columns.map((column) => new InnerTexts().take(column as StringColumn, batch.count))
}

/** The outer format, none of whose columns has the name of an inner one. */
function withoutClashes(format: string, outer: OpenFormat, inner: readonly Field[]): OpenFormat {
  const taken = new Set(inner.map(({ name }) => name))
  const all = new Set([...taken, ...outer.fields.map(({ name }) => name)])
  const names = outer.fields.map(({ name }, i) => {
    if (!taken.has(name)) return name
    const declared = outer.declared?.[i]
    const other = `${format}_${name}`
    if ((declared === undefined || declared.isFound === true) && !all.has(other)) return other
    const path = declared?.path?.join('.') ?? name
    throw new Failure('usage', `${format} and the format inside it both have a column ${name}`, {
      hint: `Give that of ${format} another name: ${other}: { type: …, path: ${path} }`,
    })
  })
  if (names.every((name, i) => name === outer.fields[i]?.name)) return outer
  const renamed = (field: Field, i: number): Field => ({ ...field, name: names[i] as string })
  return {
    ...outer,
    fields: outer.fields.map(renamed),
    ...(outer.declared !== undefined && {
      declared: outer.declared.map(({ field, path = [field.name], ...rest }, i) => ({
        ...rest,
        field: renamed(field, i),
        path,
      })),
    }),
  }
}
