/**
 * Checksums and digests. Their native code is loaded by the first call: that takes longer than the rest of a `tailrace check`,
 * which needs none.
 */
import { createRequire } from 'node:module'

type Native = typeof import('@node-rs/crc32')

let native: Native | undefined

/** The CRC-32C of the bytes, or of the UTF-8 of a text; `before` is that of the bytes that precede them. */
export function crc32c(bytes: Uint8Array | string, before?: number): number {
  native ??= createRequire(import.meta.url)('@node-rs/crc32') as Native
  return native.crc32c(bytes, before)
}

/** The SHA-256 of the bytes, or of the UTF-8 of a text, written in one of these forms. */
export const sha256 = (bytes: Uint8Array | string, form: 'hex' | 'base64url'): string =>
  process.getBuiltinModule('node:crypto').hash('sha256', bytes, form)
