/**
 * Knows a file's text again by its bytes, as neither name nor inode says which text it is: files are renamed, copied, cut,
 * filled anew and packed, and inodes are used again.
 *
 * The print of a text's first `at` bytes are two hashes: of its first KiB, and of the last 256 bytes before `at`. The second
 * tells texts apart that begin alike, as tables with the same head do.
 */
import { hash } from 'node:crypto'
import { readSync } from 'node:fs'
import { type Packing, readPacked } from './file-packed.ts'

/** Prints of at least so many bytes are hardly alike by chance. */
export const HEAD_BYTES = 1024
const TAIL_BYTES = 256
/** Characters of a hash in base64: 66 bits. */
const HASH_LENGTH = 11

export type Print = { readonly at: number; readonly head: string; readonly tail: string }

/** Where a text is read: an open plain file, or a packed one by its path. */
export type Text = { readonly fd: number } | { readonly path: string; readonly packing: Packing }

/** The print of the first `at` bytes; undefined where there are fewer, or it cannot be unpacked so far. */
export async function printOf(text: Text, at: number): Promise<Print | undefined> {
  return 'fd' in text ? printOfPlain(text.fd, at) : printOfPacked(text.path, text.packing, at)
}

export async function hasPrint(text: Text, print: Print): Promise<boolean> {
  const found = await printOf(text, print.at)
  return found !== undefined && found.head === print.head && found.tail === print.tail
}

export function printOfPlain(fd: number, at: number): Print | undefined {
  const head = bytesOf(fd, 0, Math.min(HEAD_BYTES, at))
  const tail = bytesOf(fd, Math.max(0, at - TAIL_BYTES), at)
  return head === undefined || tail === undefined ? undefined : { at, head: hashOf(head), tail: hashOf(tail) }
}

async function printOfPacked(path: string, packing: Packing, at: number): Promise<Print | undefined> {
  let head: Uint8Array = new Uint8Array(0)
  let tail: Uint8Array = new Uint8Array(0)
  let position = 0
  try {
    for await (const chunk of readPacked(path, packing, 0)) {
      const part = chunk.subarray(0, at - position)
      if (head.length < HEAD_BYTES) head = Buffer.concat([head, part.subarray(0, HEAD_BYTES - head.length)])
      tail = part.length >= TAIL_BYTES ? part.slice(-TAIL_BYTES) : Buffer.concat([tail, part]).subarray(-TAIL_BYTES)
      position += part.length
      if (position >= at) break
    }
  } catch {
    // It is not what its name says, or not all there yet: whoever reads it will say so.
    return undefined
  }
  return position < at ? undefined : { at, head: hashOf(head), tail: hashOf(tail) }
}

function bytesOf(fd: number, from: number, to: number): Uint8Array | undefined {
  const bytes = new Uint8Array(to - from)
  return readSync(fd, bytes, 0, bytes.length, from) === bytes.length ? bytes : undefined
}

const hashOf = (bytes: Uint8Array): string => hash('sha256', bytes, 'base64url').slice(0, HASH_LENGTH)

/** Of nothing: any text begins like that. */
export const NO_PRINT: Print = { at: 0, head: hashOf(new Uint8Array(0)), tail: hashOf(new Uint8Array(0)) }
