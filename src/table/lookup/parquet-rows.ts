/** The rows of a lookup table that is a Parquet file: the declared columns, which have the types that the file says. */
import { Failure } from '../../base/failure.ts'
import { nearest } from '../../base/nearest.ts'
import { RowStore } from '../../engine/sort/row-store.ts'
import { openParquet } from '../../format/parquet/parquet-file.ts'
import { sameType, typeName } from '../../record/type.ts'
import type { LookupContext } from './lookup.ts'
import { type DecodedRows, refuseMany } from './rows.ts'

/** All rows of a content. Rejects with a Failure that says what is wrong in it. */
export async function parquetRows(
  bytes: Uint8Array,
  path: string,
  { columns }: Pick<LookupContext, 'columns'>,
): Promise<DecodedRows> {
  const file = await openParquet({ name: path, size: bytes.length, read: (from, to) => bytes.slice(from, to) })
  refuseMany(path, file.rows)
  const names = file.fields.map(({ name }) => name)
  const wanted = columns.map(({ field, path: stored = [field.name] }) => {
    const name = stored.join('.')
    const index = names.indexOf(name)
    const found = file.fields[index]
    if (found === undefined) {
      const near = nearest(name, names)
      const all = `There are: ${names.join(', ')}.`
      const hint = near === undefined ? all : `Did you mean "${near}"? ${all}`
      throw new Failure('corrupt', `${path} has no column ${name}`, { hint })
    }
    if (!sameType(found.type, field.type)) {
      const message = `column ${name} of ${path} is ${typeName(found.type)}, and the table declares ${typeName(field.type)}`
      throw new Failure('corrupt', message, { hint: `Declare it so: ${field.name}: ${typeName(found.type)}` })
    }
    return index
  })
  const rows = new RowStore(columns.map(({ field }) => field))
  for (const group of file.groups.keys()) {
    for await (const batch of file.read(group, wanted)) rows.append(batch, undefined, batch.count)
  }
  return { content: rows.snapshot(), placeOf: (row) => `row ${row + 1}` }
}
