/**
 * Reads the headers of a record where they are: in a record batch they follow its value (layout: `record-batch.ts`). The walk
 * over a batch leaves them out, because few queries ask for one.
 *
 * Nothing is read beyond the memory of the batch. Headers that do not end within it give nothing.
 */

/** The value of a header in the bytes; absent where the record has no such header, or its value is NULL. */
export type HeaderValue = { isThere: boolean; start: number; end: number }

/** A function that finds the header `name` among those at `at`; of several, the last. It overwrites its result when called again. */
export function headerFinder(name: string): (bytes: Uint8Array, at: number) => HeaderValue {
  const wanted = Buffer.from(name)
  const found: HeaderValue = { isThere: false, start: 0, end: 0 }
  return (bytes, at) => {
    const reader = { bytes, at }
    found.isThere = false
    for (let left = readVarint(reader); left > 0; left--) {
      const nameLength = readVarint(reader)
      const nameStart = reader.at
      reader.at += Math.max(0, nameLength)
      const length = readVarint(reader)
      const start = reader.at
      reader.at += Math.max(0, length)
      if (nameLength < 0 || reader.at > bytes.length) {
        found.isThere = false
        break
      }
      if (nameLength !== wanted.length || !hasBytes(bytes, nameStart, wanted)) continue
      found.isThere = length >= 0
      found.start = start
      found.end = reader.at
    }
    return found
  }
}

/** A header as it is; NULL where it has a name only. */
export type Header = { readonly name: Uint8Array; readonly value: Uint8Array | undefined }

/** The headers at `at`, in their order, over the same memory; those that do not end within it are left out. */
export function headersAt(bytes: Uint8Array, at: number): readonly Header[] {
  const reader = { bytes, at }
  const headers: Header[] = []
  for (let left = readVarint(reader); left > 0 && reader.at < bytes.length; left--) {
    const name = bytesAt(reader, readVarint(reader))
    const value = bytesAt(reader, readVarint(reader))
    if (name !== undefined && reader.at <= bytes.length) headers.push({ name, value })
  }
  return headers
}

/** The next bytes; a length below 0 stands for NULL. */
function bytesAt(reader: { readonly bytes: Uint8Array; at: number }, length: number): Uint8Array | undefined {
  if (length < 0) return undefined
  reader.at += length
  return reader.bytes.subarray(reader.at - length, reader.at)
}

/** Where the headers at `at` end; the end of the bytes where they do not end before. */
export function headersEnd(bytes: Uint8Array, at: number): number {
  const reader = { bytes, at }
  for (let left = 2 * readVarint(reader); left > 0 && reader.at < bytes.length; left--) {
    const length = readVarint(reader)
    reader.at += Math.max(0, length)
  }
  return Math.min(reader.at, bytes.length)
}

function hasBytes(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false
  return true
}

/** Reads a zigzag varint of at most five bytes; behind the end of the bytes there are only zeros. */
function readVarint(reader: { readonly bytes: Uint8Array; at: number }): number {
  let value = 0
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = reader.bytes[reader.at++] ?? 0
    value |= (byte & 127) << shift
    if (byte < 128) break
  }
  return (value >>> 1) ^ -(value & 1)
}
