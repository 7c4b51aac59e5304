/** The first lines of the files of a table. */
import type { Failure } from '../base/failure.ts'
import { isRefusal } from '../bytes/refusal.ts'
import { isHdfsPath } from '../client/webhdfs/address.ts'
import type { Records } from '../record/column.ts'
import { makeRecords } from '../record/lines-split.ts'
import { headReader, refuseOneLine } from './file-heads.ts'
import { type Compression, packedFile, unpackedStream } from './read-lines.ts'
import type { RemoteFiles } from './remote-files.ts'
import { isSample, linesOf, SAMPLE_BYTES, SAMPLE_LIMIT, sampleText } from './sample.ts'
import { openHead } from './stream-head.ts'

/** A file that a sample may come from. */
type SampledFile = { readonly path: string; readonly size: number; readonly compression: Compression | undefined }

type SampleOptions = { readonly remote: RemoteFiles | undefined; readonly mayBeDocument: boolean }

/**
 * The first lines of the first file that has two: a header alone tells no types. If none has, those of the first that has one.
 * Files in which something else than text is packed are added to `refused`.
 */
export async function sampleOf<File extends SampledFile>(
  files: readonly File[],
  refused: Map<File, Failure>,
  { remote, mayBeDocument }: SampleOptions,
): Promise<Records> {
  let single: Records | undefined
  for (const file of files) {
    if (file.size === 0) continue
    try {
      const bytes = sampleText(await sampleBytes(file, { remote, mayBeDocument }), mayBeDocument)
      const oneLine = refuseOneLine(file.path, bytes)
      if (oneLine !== undefined) throw oneLine
      const lines = linesOf(bytes)
      if (lines.count > 1) return lines
      if (lines.count === 1) single ??= lines
    } catch (error) {
      if (!isRefusal(error)) throw error
      refused.set(file, error)
    }
  }
  return single ?? makeRecords(0)
}

async function sampleBytes(file: SampledFile, { remote, mayBeDocument }: SampleOptions): Promise<Uint8Array> {
  const { path, compression } = file
  if (compression !== undefined) {
    const inHdfs = isHdfsPath(path) ? remote : undefined
    const stream = unpackedStream(path, () => inHdfs?.bytes(path, 0, Number.POSITIVE_INFINITY) ?? packedFile(path))
    const { bytes, whole } = await openHead(stream, mayBeDocument)
    await whole.close?.()
    return bytes
  }
  const headOf = headReader(remote)
  for (let most = SAMPLE_BYTES; ; most *= 2) {
    const bytes = await headOf(file, most)
    if (bytes.length < most || isSample(sampleText(bytes, mayBeDocument)) || most >= SAMPLE_LIMIT) return bytes
  }
}
