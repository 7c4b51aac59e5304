/** What a sink `parquet` has kept, as whole files and as those that grow, by the texts of its rows. */
import { openParquet } from '../../format/parquet/parquet-file.ts'
import { type Value, valueAt } from '../../record/column.ts'
import { type Found, localFiles } from '../hdfs/kept.test-tool.ts'

/** The rows of a Parquet file, by column. */
export async function parquetRowsIn({ path, bytes }: Found): Promise<readonly { readonly [column: string]: Value }[]> {
  const file = await openParquet({ name: path, size: bytes.length, read: (from, to) => bytes.subarray(from, to) })
  const rows: { [column: string]: Value }[] = []
  for (let group = 0; group < file.groups.length; group++) {
    const wanted = file.fields.map((_, column) => column)
    for await (const { count, columns } of file.read(group, wanted)) {
      for (let row = 0; row < count; row++) {
        const cells = columns.map((column, index) => [file.fields[index]?.name ?? '', valueAt(column, row)] as const)
        rows.push(Object.fromEntries(cells))
      }
    }
  }
  return rows
}

const isWhole = ({ path }: Found): boolean => path.endsWith('.parquet')

/** The texts in the whole files. */
export async function storedTexts(found: readonly Found[]): Promise<string[]> {
  const rows = await Promise.all(found.filter(isWhole).map(parquetRowsIn))
  return rows.flat().map(({ text }) => String(text))
}

/** These, and the texts in files that grow: one that was published meanwhile counts once. */
export async function keptTexts(scratch: string, find: () => Promise<readonly Found[]>): Promise<string[]> {
  const growing = await localFiles(scratch)
  const found = await find()
  const isPublished = ({ path }: Found) =>
    found.some((file) => isWhole(file) && file.path.includes(`/${path.split('.')[0]}-`))
  const lines = growing
    .filter((file) => !isPublished(file))
    .flatMap(({ bytes }) => bytes.toString().split('\n').slice(1, -1))
  return [...(await storedTexts(found)), ...lines.map((line) => JSON.parse(line).text)]
}
