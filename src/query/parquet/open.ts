/** Opens Parquet files on the disk and in HDFS, of which only the parts that are asked for are read. */
import { Failure } from '../../base/failure.ts'
import { isHdfsPath } from '../../client/webhdfs/address.ts'
import type { LocalParquetFile } from '../../format/parquet/local-file.ts'
import { readFailure } from '../read-lines.ts'
import type { RemoteFiles } from '../remote-files.ts'

/** A Parquet file begins with these bytes, and ends with them. */
const MAGIC = Buffer.from('PAR1')

/** Whether a file with this beginning is one of Parquet. */
export const beginsParquet = (head: Uint8Array): boolean => MAGIC.equals(head.subarray(0, MAGIC.length))

export type ToOpen = { readonly path: string; readonly size: number }

/** Opens a file. Rejects with a Failure. */
export async function openParquetAt(
  { path, size }: ToOpen,
  remote: RemoteFiles | undefined,
): Promise<LocalParquetFile> {
  if (remote === undefined || !isHdfsPath(path)) {
    const { openLocalParquet } = await import('../../format/parquet/local-file.ts')
    try {
      return await openLocalParquet(path)
    } catch (error) {
      throw readFailure(path, error)
    }
  }
  const { openParquet } = await import('../../format/parquet/parquet-file.ts')
  const opened = await openParquet({ name: path, size, read: (from, to) => remoteBytes(remote, path, { from, to }) })
  return { ...opened, close: () => undefined }
}

async function remoteBytes(
  remote: RemoteFiles,
  path: string,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafe(to - from)
  let at = 0
  for await (const chunk of remote.bytes(path, from, to) as AsyncIterable<Buffer>) {
    at += chunk.copy(bytes, at)
    if (at === bytes.length) return bytes
  }
  if (at < bytes.length) throw new Failure('corrupt', `${path} is damaged: it became shorter while it was read`)
  return bytes
}
