/**
 * Recognises the content of a file by its bytes, as names and inodes do not identify it: files are renamed, copied, cut,
 * filled anew and packed, and inodes are used again.
 *
 * The print of the first `at` bytes consists of two hashes: of the first KiB, and of the last 256 bytes before `at`. The second
 * distinguishes files that begin alike, such as tables with the same head.
 */
import { readSync } from 'node:fs'
import { sha256 } from '../../base/digest.ts'
import type { Packing } from '../../bytes/byte-kind.ts'
import type { Fault } from '../../bytes/unpack.ts'
import { readPacked } from './packed.ts'

/** Prints of at least this many bytes are hardly equal by chance. */
export const HEAD_BYTES = 1024
const TAIL_BYTES = 256
/** Characters of a hash in base64: 66 bits. */
const HASH_LENGTH = 11

/**
 * `back` joins the hashes of the 256 bytes before the two greatest powers of two up to `at`: a copy that was made a moment
 * before the last bytes were read is shorter, and is recognised by these.
 */
export type FilePrint = { readonly at: number; readonly head: string; readonly tail: string; readonly back?: string }

/** Where the bytes of a file are read, unpacked: in an open plain file, or in a packed one by its path. */
export type FileBytes = { readonly fd: number } | { readonly path: string; readonly packing: Packing }

/** The print of the bytes that are there. `isSound`: they may be all; a packed file could be unpacked up to here. */
export type Measured = { readonly print: FilePrint; readonly isSound: boolean; readonly isPacked: boolean }

/** The print of the first `at` bytes; undefined where there are fewer, or they cannot be unpacked. */
export async function printOf(bytes: FileBytes, at: number): Promise<FilePrint | undefined> {
  if ('fd' in bytes) return printOfPlain(bytes.fd, at)
  const { print } = await measurePacked(bytes.path, bytes.packing, at)
  return print.at < at ? undefined : print
}

/** Whether the file begins with the bytes of this print. */
export async function hasPrint(bytes: FileBytes, print: FilePrint): Promise<boolean> {
  const found = await printOf(bytes, print.at)
  return found !== undefined && isSame(found, print)
}

/** Whether the last bytes of the print are still there: a check of one short read, for plain files. */
export const hasTail = (fd: number, { at, tail }: FilePrint): boolean => tailOf(fd, at) === tail

/** Whether two prints are of the same bytes. */
export const isSame = (a: FilePrint, b: FilePrint): boolean => a.at === b.at && a.head === b.head && a.tail === b.tail

/** The print of the first `at` bytes of an open plain file; undefined where there are fewer. */
export function printOfPlain(fd: number, at: number): FilePrint | undefined {
  const head = bytesOf(fd, 0, Math.min(HEAD_BYTES, at))
  const tail = tailOf(fd, at)
  if (head === undefined || tail === undefined) return undefined
  return { at, head: hashOf(head), tail, ...backOf(fd, at) }
}

/**
 * The print of a plain file that was read on to `at`: `before` is its print before that, `read` ends with the bytes before
 * `at`. As these are at hand, the file is hardly read again.
 */
export function printOfMore(
  fd: number,
  at: number,
  before: FilePrint | undefined,
  read: Uint8Array,
): FilePrint | undefined {
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

/** Makes a print as a file is read from its beginning. */
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

  print(): FilePrint {
    return { at: this.#at, head: hashOf(this.#head), tail: hashOf(this.#tail) }
  }
}

/** The print of the first `at` bytes of a packed file, or of fewer where it has fewer or cannot be unpacked further. */
export async function measurePacked(path: string, packing: Packing, at: number, id?: string): Promise<Measured> {
  const builder = new PrintBuilder()
  let position = 0
  let isSound = true
  const fault = ({ kind }: Fault) => {
    isSound = kind === 'rest'
  }
  try {
    for await (const piece of readPacked({ path, packing, id }, 0, { fault })) {
      const wanted = piece.subarray(0, at - position)
      builder.add(wanted)
      position += wanted.length
      if (position >= at) break
    }
  } catch {
    // It was removed meanwhile, or something else than text is packed in it. Reading it reports that.
    isSound = false
  }
  return { print: builder.print(), isSound, isPacked: true }
}

/** Whether a file of `shorter` bytes is the beginning of one with the print `whole`, as far as that print can tell. */
export async function isBeginning(
  shorter: number,
  whole: FilePrint,
  printAt: (at: number) => Promise<FilePrint | undefined>,
): Promise<boolean> {
  const marks = marksOf(whole.at)
  const known = marks.findIndex((mark) => mark <= shorter)
  const mark = marks[known]
  if (mark === undefined || whole.back === undefined) return false
  const found = await printAt(mark)
  const tail = whole.back.slice(known * HASH_LENGTH, (known + 1) * HASH_LENGTH)
  return found?.tail === tail && (mark < HEAD_BYTES || found.head === whole.head)
}

/** The two greatest powers of two up to `at` that have 256 bytes before them. */
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

const hashOf = (bytes: Uint8Array): string => sha256(bytes, 'base64url').slice(0, HASH_LENGTH)

/** The hash of no bytes, written out, as computing it would load Node's hashes at each start. */
const HASH_OF_NONE = '47DEQpj8HBS'

/** The print of no bytes: any file begins with them. */
export const NO_PRINT: FilePrint = { at: 0, head: HASH_OF_NONE, tail: HASH_OF_NONE }
