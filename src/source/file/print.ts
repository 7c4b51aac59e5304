/**
 * Knows a file's text again by its bytes, as neither name nor inode says which text it is: files are renamed, copied, cut,
 * filled anew and packed, and inodes are used again.
 *
 * The print of a text's first `at` bytes are two hashes: of its first KiB, and of the last 256 bytes before `at`. The second
 * tells texts apart that begin alike, as tables with the same head do.
 */
import { hash } from 'node:crypto'
import { readSync } from 'node:fs'
import { type Packing, readPacked } from './packed.ts'

/** Prints of at least so many bytes are hardly alike by chance. */
export const HEAD_BYTES = 1024
const TAIL_BYTES = 256
/** Characters of a hash in base64: 66 bits. */
const HASH_LENGTH = 11

/**
 * `back` has, one after the other, the hashes of the 256 bytes before the two greatest powers of two up to `at`: a copy that
 * was made a moment before the last bytes were read is shorter, and is known by these.
 */
export type Print = { readonly at: number; readonly head: string; readonly tail: string; readonly back?: string }

/** Where a text is read: an open plain file, or a packed one by its path. */
export type Text = { readonly fd: number } | { readonly path: string; readonly packing: Packing }

/** The print of as much of a text as there is, and whether that may be all: of a packed one, it could be unpacked so far. */
export type Measured = { readonly print: Print; readonly isSound: boolean }

/** The print of the first `at` bytes; undefined where there are fewer, or it cannot be unpacked so far. */
export async function printOf(text: Text, at: number): Promise<Print | undefined> {
  if ('fd' in text) return printOfPlain(text.fd, at)
  const { print } = await measurePacked(text.path, text.packing, at)
  return print.at < at ? undefined : print
}

export async function hasPrint(text: Text, print: Print): Promise<boolean> {
  const found = await printOf(text, print.at)
  return found !== undefined && isSame(found, print)
}

/** Whether the bytes before where a plain text was read to are still those that were read. */
export const hasTail = (fd: number, { at, tail }: Print): boolean => tailOf(fd, at) === tail

export const isSame = (a: Print, b: Print): boolean => a.at === b.at && a.head === b.head && a.tail === b.tail

export function printOfPlain(fd: number, at: number): Print | undefined {
  const head = bytesOf(fd, 0, Math.min(HEAD_BYTES, at))
  const tail = tailOf(fd, at)
  if (head === undefined || tail === undefined) return undefined
  return { at, head: hashOf(head), tail, ...backOf(fd, at) }
}

/**
 * The print of a text that was read on to `at`: `before` is that of less of it, `read` what was read last. Nearly all is
 * known then, where a chunk after the other would otherwise be looked at anew in the file.
 */
export function printOfMore(fd: number, at: number, before: Print | undefined, read: Uint8Array): Print | undefined {
  const isKnown = before !== undefined && before.at >= HEAD_BYTES && at >= HEAD_BYTES && read.length >= TAIL_BYTES
  if (!isKnown) return printOfPlain(fd, at)
  const { head, back } = before
  const isSameBack = back !== undefined && String(marksOf(at)) === String(marksOf(before.at))
  return { at, head, tail: hashOf(read.subarray(-TAIL_BYTES)), ...(isSameBack ? { back } : backOf(fd, at)) }
}

function backOf(fd: number, at: number): { readonly back?: string } {
  const back = marksOf(at).map((mark) => tailOf(fd, mark) ?? '')
  return back.length === 0 ? {} : { back: back.join('') }
}

/** A print, made as a text is read from its start. */
export class PrintBuilder {
  #head: Uint8Array = new Uint8Array(0)
  #tail: Uint8Array = new Uint8Array(0)
  #at = 0

  add(bytes: Uint8Array): void {
    if (this.#head.length < HEAD_BYTES) {
      this.#head = Buffer.concat([this.#head, bytes.subarray(0, HEAD_BYTES - this.#head.length)])
    }
    const isEnough = bytes.length >= TAIL_BYTES
    this.#tail = isEnough ? bytes.slice(-TAIL_BYTES) : Buffer.concat([this.#tail, bytes]).subarray(-TAIL_BYTES)
    this.#at += bytes.length
  }

  print(): Print {
    return { at: this.#at, head: hashOf(this.#head), tail: hashOf(this.#tail) }
  }
}

export async function measurePacked(path: string, packing: Packing, at: number, id?: string): Promise<Measured> {
  const builder = new PrintBuilder()
  let position = 0
  let isSound = true
  try {
    for await (const chunk of readPacked(path, packing, 0, id)) {
      const part = chunk.subarray(0, at - position)
      builder.add(part)
      position += part.length
      if (position >= at) break
    }
  } catch {
    // It is not what its name says, or not all there yet: whoever reads it will say so.
    isSound = false
  }
  return { print: builder.print(), isSound }
}

/** Whether a text that is shorter than `whole` is its beginning, as far as the print of the whole can tell. */
export async function isBeginning(
  shorter: number,
  whole: Print,
  printAt: (at: number) => Promise<Print | undefined>,
): Promise<boolean> {
  const marks = marksOf(whole.at)
  const known = marks.findIndex((mark) => mark <= shorter)
  const mark = marks[known]
  if (mark === undefined || whole.back === undefined) return false
  const found = await printAt(mark)
  const tail = whole.back.slice(known * HASH_LENGTH, (known + 1) * HASH_LENGTH)
  return found?.tail === tail && (mark < HEAD_BYTES || found.head === whole.head)
}

/** The two greatest powers of two up to `at` that have enough before them. */
function marksOf(at: number): readonly number[] {
  const greatest = 2 ** Math.floor(Math.log2(at))
  return [greatest, greatest / 2].filter((mark) => mark >= TAIL_BYTES)
}

function tailOf(fd: number, at: number): string | undefined {
  const tail = bytesOf(fd, Math.max(0, at - TAIL_BYTES), at)
  return tail && hashOf(tail)
}

function bytesOf(fd: number, from: number, to: number): Uint8Array | undefined {
  const bytes = new Uint8Array(to - from)
  return readSync(fd, bytes, 0, bytes.length, from) === bytes.length ? bytes : undefined
}

const hashOf = (bytes: Uint8Array): string => hash('sha256', bytes, 'base64url').slice(0, HASH_LENGTH)

/** Of nothing: any text begins like that. */
export const NO_PRINT: Print = { at: 0, head: hashOf(new Uint8Array(0)), tail: hashOf(new Uint8Array(0)) }
