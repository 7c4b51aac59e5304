/**
 * The records of one finished file, unpacked if it is packed: its lines, or the whole of it as one record. The last piece is
 * known to be the last, so that the place that comes with it can say that the file has no more.
 */
import type { FileHandle } from 'node:fs/promises'
import { Failure } from '../../base/failure.ts'
import type { Packing } from '../../bytes/byte-kind.ts'
import type { Fault } from '../../bytes/unpack.ts'
import type { Records } from '../../record/column.ts'
import type { LineCutter } from '../../record/line-cutter.ts'
import { readPacked } from '../file/packed.ts'
import { cutLines } from '../file/reading.ts'
import { type ReadBufferPool, readBufferPool } from '../read-buffer.ts'
import type { LongestLine } from '../source.ts'

const LEAST_READ = 4096
/** By how much a text is longer than what it is packed in, about: only for the size of buffers. */
const UNPACKED_TIMES = 8

/** A file that is open to be read. */
export type OpenedFile = {
  /** As messages name it, and in full. */
  readonly path: string
  readonly whole: string
  readonly id: string
  readonly size: number
  readonly handle: FileHandle
  readonly packing: Packing | undefined
  /** Takes what is wrong with a packed file, before its last piece. */
  fault(fault: Fault): void
}

/** Some records; `position`: how far the text was read, to the end of the last of them. */
export type FilePiece = { readonly records: Records; readonly position: number; readonly isLast: boolean }
type Unjudged = Omit<FilePiece, 'isLast'>

/** The bytes of a text, from some position on. */
type Bytes = {
  /** Fills the buffer as far as there are bytes; gives their number, 0 at the end. */
  fill(into: Uint8Array): Promise<number>
  close(): Promise<void>
}

export type LineReading = { readonly cutter: LineCutter; readonly readBytes: number }

/** The lines of a file from where the cutter begins. Throws a Failure `not-text` for what is refused. */
export function linesOfFile(file: OpenedFile, { cutter, readBytes }: LineReading): AsyncGenerator<FilePiece> {
  const buffers = readBufferPool(readBytes)
  const likely = file.packing === undefined ? file.size - cutter.position : UNPACKED_TIMES * file.size
  const size = Math.min(readBytes, Math.max(LEAST_READ, likely))
  const { position } = cutter
  let isWhole = true
  const fault = (found: Fault) => {
    isWhole &&= found.kind === 'rest'
    file.fault(found)
  }
  const lines = linesIn(bytesOf({ ...file, fault }, position), cutter, {
    buffers,
    size,
    // A line that damage has cut is no line.
    rest: () => (isWhole ? cutter.rest() : cutter.wholeRest()),
  })
  return judged(lines)
}

/**
 * The whole file as one record; none where it is empty. Throws a Failure `limit` where it is too long, and `corrupt` where it
 * cannot be unpacked whole.
 */
export async function* wholeOf(
  file: OpenedFile,
  { bytes: most, tooLong: why }: LongestLine,
): AsyncGenerator<FilePiece> {
  const tooLong = () => new Failure('limit', `${file.path} is left out: it is ${why}`)
  if (file.packing === undefined && file.size > most) throw tooLong()
  let hasFault = false
  const fault = (found: Fault) => {
    hasFault ||= found.kind !== 'rest'
    file.fault(found)
  }
  const source = bytesOf({ ...file, fault }, 0)
  try {
    let bytes = new Uint8Array(Math.min(most, Math.max(LEAST_READ, file.size)) + 1)
    let length = 0
    for (let read = 1; read > 0; length += read) {
      if (length > most) throw tooLong()
      if (length === bytes.length) {
        const wider = new Uint8Array(Math.min(2 * length, most + 1))
        wider.set(bytes)
        bytes = wider
      }
      read = await source.fill(bytes.subarray(length))
    }
    if (hasFault) throw new Failure('corrupt', `${file.path} is left out: a part of it would be no record`)
    if (length === 0) return
    const records = { bytes: bytes.subarray(0, length), start: Int32Array.of(0), end: Int32Array.of(length), count: 1 }
    yield { records, position: length, isLast: true }
  } finally {
    await source.close()
  }
}

async function* linesIn(
  bytes: Bytes,
  cutter: LineCutter,
  { buffers, size, rest }: { readonly buffers: ReadBufferPool; readonly size: number; rest(): Uint8Array },
): AsyncGenerator<Unjudged> {
  try {
    for (;;) {
      const { kept } = cutter
      const { bytes: room, lines } = buffers.take(kept + size)
      cutter.begin(room)
      const read = await bytes.fill(room.subarray(kept, kept + size))
      if (read === 0) {
        lines.lease?.release()
        break
      }
      const records = cutLines(cutter, room.subarray(0, kept + read), lines)
      if (records.count > 0) yield { records, position: cutter.position }
      else records.lease?.release()
    }
    const records = cutter.lines(rest())
    if (records.count > 0) yield { records, position: cutter.position }
  } finally {
    await bytes.close()
  }
}

/** Keeps each piece back until it is known whether another one follows. */
async function* judged(pieces: AsyncGenerator<Unjudged>): AsyncGenerator<FilePiece> {
  let held: Unjudged | undefined
  try {
    for await (const piece of pieces) {
      const given = held
      held = piece
      if (given !== undefined) yield { ...given, isLast: false }
    }
    const last = held
    held = undefined
    if (last !== undefined) yield { ...last, isLast: true }
  } finally {
    held?.records.lease?.release()
  }
}

function bytesOf(file: OpenedFile, from: number): Bytes {
  return file.packing === undefined ? plainBytes(file, from) : packedBytes(file, file.packing, from)
}

/** Of the bytes that the file had when it was opened. */
function plainBytes({ handle, size }: OpenedFile, from: number): Bytes {
  let at = from
  return {
    async fill(into) {
      let filled = 0
      while (filled < into.length && at < size) {
        const wanted = Math.min(into.length - filled, size - at)
        const { bytesRead } = await handle.read(into, filled, wanted, at)
        if (bytesRead === 0) break
        filled += bytesRead
        at += bytesRead
      }
      return filled
    },
    close: async () => {},
  }
}

function packedBytes({ path, whole, id, fault }: OpenedFile, packing: Packing, from: number): Bytes {
  const pieces = readPacked({ path: whole, name: path, packing, id }, from, { fault })
  let piece: Uint8Array = new Uint8Array(0)
  return {
    async fill(into) {
      let filled = 0
      while (filled < into.length) {
        if (piece.length === 0) {
          const next = await pieces.next()
          if (next.done === true) break
          piece = next.value
        }
        const part = piece.subarray(0, into.length - filled)
        into.set(part, filled)
        piece = piece.subarray(part.length)
        filled += part.length
      }
      return filled
    },
    async close() {
      await pieces.return(undefined)
    },
  }
}
