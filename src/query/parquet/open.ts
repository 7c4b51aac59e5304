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
  const read = readingAhead(size, (from, to) => remoteBytes(remote, path, { from, to }))
  return { ...(await openParquet({ name: path, size, read })), close: () => undefined }
}

/** Bytes that are asked for together: two requests to a server take longer than this much. */
const AHEAD_BYTES = 1 << 20

type Read = (from: number, to: number) => Promise<Uint8Array>

/** Keeps what was read last, which is more than was asked for: small files are read by one request. */
function readingAhead(size: number, read: Read): Read {
  let [start, kept] = [0, new Uint8Array(0)]
  return async (from, to) => {
    if (from < start || to > start + kept.length) {
      // The end of a file is asked for first.
      const first = to === size ? Math.max(0, Math.min(from, size - AHEAD_BYTES)) : from
      kept = Uint8Array.from(await read(first, Math.min(size, Math.max(to, from + AHEAD_BYTES))))
      start = first
    }
    return kept.subarray(from - start, to - start)
  }
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
