/**
 * Runs of small numbers, as Parquet keeps levels and places in a dictionary: "RLE / bit-packing hybrid".
 *
 *   run    varint: length * 2; then the number, in as many whole bytes as `width` bits need
 *   group  varint: eights * 2 + 1; then 8 * eights numbers of `width` bits each, the least bits first
 *
 * Source: parquet-format, Encodings.md. Bytes come from outside: nothing is read or written beyond what was asked for.
 */
import { Failure } from '../../base/failure.ts'

/** Bits of the widest number. */
const MOST_BITS = 32
/** Bits of the widest number that lies in 32 bits wherever in a byte it begins. */
const NARROW = 24

/** Reads `count` numbers of `width` bits from bytes [from, to) into `out`, from its start. Throws a Failure `corrupt`. */
export function readHybrid(
  bytes: Uint8Array,
  { from, to, width }: { readonly from: number; readonly to: number; readonly width: number },
  out: Uint8Array | Int32Array,
  count: number,
): void {
  if (width > MOST_BITS) throw damaged(`numbers of ${width} bits`)
  const wide = (width + 7) >> 3
  let at = from
  for (let done = 0; done < count; ) {
    let head = 0
    for (let shift = 0; ; shift += 7) {
      if (at >= to || shift > 28) throw damaged('a run that is cut off')
      const byte = bytes[at++] as number
      head = (head | ((byte & 127) << shift)) >>> 0
      if (byte < 128) break
    }
    const isGroup = (head & 1) === 1
    const length = isGroup ? (head >>> 1) * 8 : head >>> 1
    if (length === 0) throw damaged('a run of nothing')
    const end = Math.min(count, done + length)
    if (isGroup) {
      unpack(bytes, { from: at, to, width }, out, { from: done, to: end })
      at += (head >>> 1) * width
    } else {
      if (at + wide > to) throw damaged('a run that is cut off')
      let value = 0
      for (let byte = 0; byte < wide; byte++) value |= (bytes[at + byte] as number) << (8 * byte)
      at += wide
      out.fill(value, done, end)
    }
    done = end
  }
}

type Bits = { readonly from: number; readonly to: number; readonly width: number }

/** The last group may be cut off behind its last number. */
function unpack(
  bytes: Uint8Array,
  { from, to, width }: Bits,
  out: Uint8Array | Int32Array,
  place: { readonly from: number; readonly to: number },
): void {
  if (from + Math.ceil(((place.to - place.from) * width) / 8) > to) throw damaged('a group that is cut off')
  if (width === 0) {
    out.fill(0, place.from, place.to)
    return
  }
  if (width > NARROW) unpackWide(bytes, { from, to, width }, out, place)
  else {
    const mask = (1 << width) - 1
    let [at, held, bits] = [from, 0, 0]
    for (let i = place.from; i < place.to; i++) {
      while (bits < width) {
        held |= (bytes[at++] as number) << bits
        bits += 8
      }
      out[i] = held & mask
      held >>>= width
      bits -= width
    }
  }
}

/** The same where shifts, which know 32 bits, do not hold what is left of a byte and a number. */
function unpackWide(
  bytes: Uint8Array,
  { from, width }: Bits,
  out: Uint8Array | Int32Array,
  place: { readonly from: number; readonly to: number },
): void {
  const range = 2 ** width
  let [at, held, bits] = [from, 0, 0]
  for (let i = place.from; i < place.to; i++) {
    while (bits < width) {
      held += (bytes[at++] as number) * 2 ** bits
      bits += 8
    }
    out[i] = held % range
    held = Math.floor(held / range)
    bits -= width
  }
}

const damaged = (what: string): Failure => new Failure('corrupt', `damaged: its levels or indexes have ${what}`)
