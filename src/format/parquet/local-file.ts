/** Parquet files on the local disk. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { Failure } from '../../base/failure.ts'
import { openParquet, type ParquetFile } from './parquet-file.ts'

export type LocalParquetFile = ParquetFile & { close(): void }

/** Opens a file on the local disk. Rejects as `openParquet`, and with the errors of Node where it cannot be opened. */
export async function openLocalParquet(path: string): Promise<LocalParquetFile> {
  const file = openSync(path, 'r')
  try {
    const opened = await openParquet({
      name: path,
      size: fstatSync(file).size,
      read: (from, to) => bytesIn(file, path, { from, to }),
    })
    return { ...opened, close: () => closeSync(file) }
  } catch (error) {
    closeSync(file)
    throw error
  }
}

function bytesIn(file: number, path: string, { from, to }: { readonly from: number; readonly to: number }): Uint8Array {
  const bytes = Buffer.allocUnsafe(to - from)
  for (let at = 0; at < bytes.length; ) {
    const count = readSync(file, bytes, at, bytes.length - at, from + at)
    if (count === 0) throw new Failure('corrupt', `${path} is damaged: it became shorter while it was read`)
    at += count
  }
  return bytes
}
