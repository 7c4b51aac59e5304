/** Files that are packed by gzip or zstd: unpacked as they are read, piece by piece. */
import { type FileHandle, open } from 'node:fs/promises'
import { Failure } from '../../base/failure.ts'
import type { ByteKind, Packing } from '../../bytes/byte-kind.ts'
import { Feed } from '../../bytes/feed.ts'
import { isTooShort, KIND_BYTES, kindOfBytes } from '../../bytes/kind.ts'
import type { ReadAgain } from '../../bytes/refusal.ts'
import { textOfAgain } from '../../bytes/text.ts'
import { type Fault, type PartEnd, unpack } from '../../bytes/unpack.ts'
import { fileId } from './find.ts'

const PIECE_BYTES = 256 * 1024

/** What is done with a file that a pipeline does not read. */
export const toFile: ReadAgain = (command) => `make text of it: ${command} > OTHER.log`

/** What an open file is; undefined while it has too few bytes to tell. */
export async function kindOfFile(handle: FileHandle): Promise<ByteKind | undefined> {
  const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(KIND_BYTES), 0, KIND_BYTES, 0)
  const head = buffer.subarray(0, bytesRead)
  const [first] = head
  if (first === undefined) return undefined
  const mayBePacked = isTooShort(head) && (first < 32 || first > 126)
  return mayBePacked && first !== 0 ? undefined : kindOfBytes(head)
}

export type PackedFile = {
  readonly path: string
  /** Its name in messages. */
  readonly name?: string
  readonly packing: Packing
  /** Device and inode; undefined: any. */
  readonly id?: string | undefined
  /** The end of a member that was read already: reading begins there. */
  readonly from?: PartEnd | undefined
}

export type PackedOptions = {
  /** Called where the bytes are not right, once all that is good before that was given. */
  fault(fault: Fault): void
  /** Called at the end of each member or frame. */
  part?(end: PartEnd): void
}

/**
 * The unpacked bytes of a file from `position` of its text on. Throws a Failure: `not-found` where its device and inode are
 * not `id`, `not-text` where something else than text is packed in it.
 */
export async function* readPacked(
  file: PackedFile,
  position: number,
  { fault, part }: PackedOptions,
): AsyncGenerator<Uint8Array> {
  const { path, name = path, packing, from } = file
  const bytes =
    from === undefined
      ? textOfAgain(() => packedBytes(file), { name, fault, part, again: toFile })
      : unpack(new Feed(packedBytes(file)), packing, { chunkBytes: PIECE_BYTES, fault, part, from })
  let at = from?.text ?? 0
  for await (const piece of bytes) {
    at += piece.length
    if (at > position) yield piece.subarray(Math.max(0, piece.length - (at - position)))
  }
}

async function* packedBytes({ path, id, from }: PackedFile): AsyncGenerator<Uint8Array> {
  const handle = await open(path)
  try {
    const isSame = id === undefined || id === fileId(await handle.stat({ bigint: true }))
    if (!isSame) throw new Failure('not-found', `${path} is another file by now`)
    const start = from?.packed ?? 0
    yield* handle.createReadStream({ highWaterMark: PIECE_BYTES, autoClose: false, start })
  } finally {
    await handle.close()
  }
}
