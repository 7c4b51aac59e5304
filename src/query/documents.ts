/** Files and streams that are JSON documents: see `format/json/document.ts`. */
import { Feed } from '../bytes/feed.ts'
import type { OpenFormat } from '../format/format.ts'
import { beginsDocument, DOCUMENT_HEAD, documentLines } from '../format/json/document.ts'
import type { Records } from '../record/column.ts'
import { textBetween } from '../record/records.ts'
import type { InputStream } from './read-lines.ts'
import { SAMPLE_LIMIT } from './sample.ts'

/** Bytes before an object, at most: blanks. */
const MOST_BLANK = 1000

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

/** Whether a table that has no lines is a document nevertheless, `[]`: its stream, of which `head` is the beginning, or one of its files. */
export async function isAnyDocument<File extends MarkedFile>(
  files: readonly File[],
  head: Uint8Array | undefined,
  headOf: (file: File, most: number) => Promise<Uint8Array>,
): Promise<boolean> {
  if (head !== undefined) return beginsDocument(head)
  const marked: readonly (File & { readonly isDocument?: boolean })[] = await withDocuments(files, headOf)
  return marked.some(({ isDocument }) => isDocument === true)
}

/** Why lines that begin like an object are not taken for JSON. */
export function whyNotJson({ bytes, start, end, count }: Records): string | undefined {
  const first = count === 0 ? '' : textBetween(bytes, start[0] as number, Math.min(end[0] as number, MOST_BLANK))
  const isObject = /^\s*\{/.test(first)
  return isObject
    ? `not json: its first object is no JSON, or does not end within ${SAMPLE_LIMIT >> 20} MiB`
    : undefined
}

/** A stream as lines, which is a document or not. */
export const asLines = ({ hasDocuments }: OpenFormat, stream: InputStream): InputStream =>
  hasDocuments === true ? { ...stream, bytes: linesOrDocument(stream.bytes) } : stream

async function* linesOrDocument(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const feed = new Feed(bytes)
  const isDocument = beginsDocument(await feed.peek(DOCUMENT_HEAD))
  yield* isDocument ? documentLines(feed.rest()) : feed.rest()
}
