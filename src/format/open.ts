/**
 * Opens formats with their options: what readers of records call, in place of the formats themselves. Each format has the
 * option `inside` besides its own: the format that lies in one of its text columns.
 */
import { assert } from '../base/assert.ts'
import { changedFailure, changeFailure, Failure } from '../base/failure.ts'
import type { Records } from '../record/column.ts'
import type { Field } from '../record/type.ts'
import { formatNamed, loadFormat } from './all.ts'
import type { ChosenFormat, Format, OpenFormat, PrepareContext, RecordEncoder } from './format.ts'
import { openInside } from './inside/open.ts'
import { refuseInside } from './multi-line/options.ts'

/** What the options name is there afterwards, and the format inside is loaded. Called once for each check or run. Rejects like `Format.prepare`. */
export async function prepareFormat(
  chosen: ChosenFormat,
  context: PrepareContext,
  formatOf: (name: string) => Promise<Format> = loadFormat,
): Promise<ChosenFormat> {
  const { format } = chosen
  const { own, inside } = divided(chosen)
  const options = format.prepare === undefined ? own : ((await format.prepare(own, context)) as object)
  if (inside === undefined) return { format, options }
  const { column, kind } = inside
  const prepared = prepareFormat({ format: await formatOf(kind), options: inside.options }, context, formatOf)
  const inner = await rejectingWith(prepared, ['inside', column, kind])
  return { format, options: { ...options, inside: { [column]: { [kind]: inner.options } } } }
}

/** The format of a name with options that were prepared by another thread. */
export async function loadPrepared(name: string, options: unknown): Promise<ChosenFormat> {
  const chosen = { format: await loadFormat(name), options }
  const { inside } = divided(chosen)
  if (inside !== undefined) await loadPrepared(inside.kind, inside.options)
  return chosen
}

/** Opens a prepared format. Throws like `Format.open`. */
export function openFormat(chosen: ChosenFormat, sample: Records | undefined): OpenFormat {
  const { format } = chosen
  const { own, inside } = divided(chosen)
  if (inside === undefined) return format.open(own, sample)
  const { column, kind } = inside
  const outer = format.open(own, sample, column)
  const open = (texts: Records | undefined) =>
    changeFailure(
      () => {
        if (formatNamed(kind).isBinary === true) {
          throw new Failure('usage', `format ${kind} is no text, so it lies in no column of texts`)
        }
        refuseInside(inside.options as object)
        return openFormat({ format: formatNamed(kind), options: inside.options }, texts)
      },
      (failure) => within(failure, [kind]),
    )
  return changeFailure(
    () => openInside({ name: format.name, outer, column }, sample, open),
    (failure) => within(failure, ['inside', column]),
  )
}

/** What writes rows with these columns in a prepared format. Throws a Failure `usage` where nothing does. */
export function writerOf(chosen: ChosenFormat, fields: readonly Field[]): RecordEncoder {
  const { format } = chosen
  const { own, inside } = divided(chosen)
  if (format.writer === undefined || inside !== undefined) {
    const what =
      inside === undefined ? `format ${format.name} is only read` : 'a format in a column of another is only read'
    throw new Failure('usage', `${what}: rows cannot be written in it`, {
      hint: 'Rows are written as json, csv or avro.',
    })
  }
  return format.writer(own, fields)
}

type Divided = {
  readonly own: object
  readonly inside: { readonly column: string; readonly kind: string; readonly options: unknown } | undefined
}

/** The column that the options of a format name in `inside`, with the format there, as written; at most one. */
export const insideIn = (options: unknown): readonly (readonly [column: string, format: Written])[] =>
  Object.entries((options as { readonly inside?: { readonly [column: string]: Written } | undefined }).inside ?? {})

/** A format by its name, with its options. */
type Written = { readonly [format: string]: unknown }

/** The options of the format itself, and the format inside it. */
function divided({ options }: ChosenFormat): Divided {
  const [[column, written] = []] = insideIn(options)
  const { inside: _, ...own } = options as { readonly inside?: unknown }
  if (column === undefined || written === undefined) return { own, inside: undefined }
  const [[kind, ofInner] = []] = Object.entries(written)
  assert(kind !== undefined, 'the schema wants a format inside')
  return { own, inside: { column, kind, options: ofInner } }
}

const within = (failure: Failure, part: readonly string[]): Failure =>
  changedFailure(failure, { part: [...part, ...(failure.part ?? [])] })

/** The result of `work`; if it rejects with a Failure, that of a part of the options. */
async function rejectingWith<Result>(work: Promise<Result>, part: readonly string[]): Promise<Result> {
  const settled = await Promise.allSettled([work])
  return changeFailure(
    () => {
      if (settled[0].status === 'rejected') throw settled[0].reason
      return settled[0].value
    },
    (failure) => within(failure, part),
  )
}
