/** What a sink `hdfs` has kept, in HDFS and on the local disk, by the texts of its records. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'

/** A file, its path from the root on. */
export type Found = { readonly path: string; readonly bytes: Buffer }

const linesOf = ({ path, bytes }: Found): string[] => {
  const plain = path.endsWith('.gz') ? gunzipSync(bytes) : path.endsWith('.zst') ? zstdDecompressSync(bytes) : bytes
  return plain.toString().split('\n').slice(0, -1)
}

/** The lines of the whole files; `found`: all files of an HDFS. */
export const storedLines = (found: readonly Found[]): string[] =>
  found.filter(({ path }) => !path.endsWith('.tmp')).flatMap(linesOf)

/** These, and the lines of files that grow in the scratch folder of the sink: one that was published meanwhile counts once. */
export async function keptLines(scratch: string, find: () => Promise<readonly Found[]>): Promise<string[]> {
  const growing = await localFiles(scratch)
  const found = await find()
  const isPublished = (path: string) => found.some((file) => file.path.includes(`/${path.split('.')[0]}-`))
  return [...storedLines(found), ...growing.filter(({ path }) => !isPublished(path)).flatMap(linesOf)]
}

/** All files below a local folder. */
export async function localFiles(folder: string): Promise<Found[]> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const paths = names.filter((name) => name.isFile()).map((name) => join(name.parentPath, name.name))
  const files = paths.map(async (path) => {
    const bytes = await readFile(path).catch(() => undefined)
    return bytes === undefined ? [] : [{ path: path.slice(folder.length + 1), bytes }]
  })
  return (await Promise.all(files)).flat()
}
