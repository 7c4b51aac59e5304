/**
 * One JSON object a record. Columns are declared, each with the path of its member, or found in the sample.
 *
 * The bytes are read once and checked in full; members without a column are skipped. A record that is not JSON, or has a
 * member that is not of its column's type, is a reject.
 */
import { Failure, throwAll } from '../../base/failure.ts'
import type { Type } from '../../record/type.ts'
import { type DeclaredColumn, declaredColumns, type WrittenColumns, withText } from '../declared-columns.ts'
import { type Decoder, defineFormat, type Format, type OpenFormat } from '../format.ts'
import { parsedDecoder } from '../scan/parsed-blocks.ts'
import { linesWriter } from '../write/encode-rows.ts'
import { ndjsonEncoder } from '../write/json.ts'
import { columnsAsTheyAre, writtenColumns } from '../write/written-columns.ts'
import { findJsonColumns, noColumns } from './found.ts'
import { openJsonKernel } from './kernel.ts'
import { Member, type ValuePlace } from './members.ts'
import { placesOf } from './nested.ts'
import { JsonReader } from './reader.ts'
import { unescapeJson } from './unescape.ts'
import { pathMistakes } from './written-path.ts'

type Options = { readonly columns?: WrittenColumns | undefined }

export const json: Format = defineFormat<Options>({
  name: 'json',
  summary: 'One JSON object a line; columns are declared with their paths, or found in the first lines.',
  options: ({ columns }) => ({ columns: columns.optional() }),
  open({ columns }, sample, text) {
    if (columns !== undefined) return openJson(withText(jsonColumns(columns), text))
    if (sample !== undefined) return openJson(withText(findJsonColumns(sample), text))
    if (text !== undefined) return openJson(withText([], text))
    throw noColumns('json')
  },
  fit(sample) {
    const decode = makeDecoder([], [])
    return sample.count === 0 ? 0 : decode(sample, { add: () => undefined }).count / sample.count
  },
  writer({ columns }, rows) {
    const { fields, picks } =
      columns === undefined ? columnsAsTheyAre(rows) : writtenColumns('json', jsonColumns(columns), rows)
    return linesWriter(ndjsonEncoder, fields, picks)
  },
})

/** The declared columns. Throws a Failure `usage`. */
function jsonColumns(columns: WrittenColumns): readonly DeclaredColumn[] {
  const declared = declaredColumns(columns, 'nested')
  throwAll(pathMistakes(columns))
  const named = declared.find(({ field }) => hasOtherKeys(field.type))
  if (named === undefined) return declared
  throw new Failure('usage', `column ${named.field.name}: the keys of an object in JSON are texts`, {
    part: ['columns', named.field.name],
    hint: 'Write MAP<STRING, …>.',
  })
}

/** Whether a type has keys that are no texts: Flink reads no others in JSON. */
function hasOtherKeys(type: Type): boolean {
  if (type.kind === 'ARRAY') return hasOtherKeys(type.element)
  if (type.kind === 'MAP') return type.key.kind !== 'STRING' || hasOtherKeys(type.value)
  return type.kind === 'ROW' && type.fields.some((field) => hasOtherKeys(field.type))
}

/** JSON objects with these columns. */
export function openJson(declared: readonly DeclaredColumn[]): OpenFormat {
  return {
    fields: declared.map((column) => column.field),
    declared,
    rowtime: undefined,
    skipsFirstLine: false,
    hasDocuments: true,
    decoder: (columns) => makeDecoder(declared, columns),
  }
}

function makeDecoder(declared: readonly DeclaredColumn[], wanted: readonly number[]): Decoder {
  return parsedDecoder(declared, wanted, (columns, scratch, grow) => {
    const nested = placesOf(declared, columns)
    const root = new Member('')
    declared.forEach(({ field, path }, i) => {
      root.add(path ?? [field.name], nested.places[i] as ValuePlace)
    })
    return {
      reader: new JsonReader(root, scratch, grow),
      open: (room) => openJsonKernel(root, nested, room),
      plainText: unescapeJson,
      nested,
    }
  })
}
