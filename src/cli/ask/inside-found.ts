/** Finds out whether a text column of a file holds lines of another format, as in the records of a shipper. */
import { Failure } from '../../base/failure.ts'
import { detectFormat } from '../../format/detect.ts'
import type { OpenFormat } from '../../format/format.ts'
import { textsOfEach } from '../../format/inside/open.ts'
import { lines } from '../../format/lines.ts'
import { openFormat } from '../../format/open.ts'
import type { Records } from '../../record/column.ts'
import { sliceRecords } from '../../record/records.ts'
import type { Field } from '../../record/type.ts'

export type InsideFound = { readonly column: string; readonly format: string }

/** Records of the sample that are looked at. */
const MOST_RECORDS = 200

/** The first text column most of whose texts are of another format; undefined where there is none. */
export async function findInside(outer: OpenFormat, sample: Records): Promise<InsideFound | undefined> {
  const few = sliceRecords(sample, 0, Math.min(sample.count, MOST_RECORDS))
  const columns = outer.fields.flatMap(({ type }, at) => (type.kind === 'STRING' ? [at] : []))
  for (const [index, texts] of textsOfEach(outer, columns, few).entries()) {
    if (texts.count === 0) continue
    const { name } = outer.fields[columns[index] as number] as Field
    const { format } = await detectFormat(texts)
    if (format !== lines && hasNoHead(() => openFormat({ format, options: {} }, texts))) {
      return { column: name, format: format.name }
    }
  }
  return undefined
}

function hasNoHead(open: () => OpenFormat): boolean {
  try {
    return !open().skipsFirstLine
  } catch (error) {
    if (error instanceof Failure) return false
    throw error
  }
}
