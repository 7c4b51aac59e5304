/** Files and streams that are JSON documents: see `format/json/document.ts`. */
import { Feed } from '../bytes/feed.ts'
import type { OpenFormat } from '../format/format.ts'
import { beginsDocument, DOCUMENT_HEAD, documentLines } from '../format/json/document.ts'
import type { InputStream } from './read-lines.ts'

type MarkedFile = { readonly compression: unknown; readonly size: number; readonly isStream: boolean }

/** The files, with those marked that are documents. */
export const withDocuments = <File extends MarkedFile>(
  files: readonly File[],
  headOf: (file: File, most: number) => Promise<Uint8Array>,
): Promise<readonly File[]> =>
  Promise.all(
    files.map(async (file) => {
      if (file.compression !== undefined || file.size === 0 || file.isStream) return file
      // A file that cannot be read is told when it is read.
      const head = await headOf(file, DOCUMENT_HEAD).catch(() => new Uint8Array(0))
      return beginsDocument(head) ? { ...file, isDocument: true } : file
    }),
  )

/** A stream as lines, which is a document or not. */
export const asLines = ({ hasDocuments }: OpenFormat, stream: InputStream): InputStream =>
  hasDocuments === true ? { ...stream, bytes: linesOrDocument(stream.bytes) } : stream

async function* linesOrDocument(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const feed = new Feed(bytes)
  const isDocument = beginsDocument(await feed.peek(DOCUMENT_HEAD))
  yield* isDocument ? documentLines(feed.rest()) : feed.rest()
}
