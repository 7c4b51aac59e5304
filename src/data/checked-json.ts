/**
 * Small files of the data folder that a person can read: `{"content": …, "crc32c": "0123abcd"}`. The checksum covers the
 * content as JSON.stringify writes it. Files are replaced in one step, so a wrong checksum means damage.
 */
import { crc32c } from '../base/digest.ts'
import { type Disk, readWhole, replaceFile } from '../base/disk/disk.ts'
import { Failure } from '../base/failure.ts'

/** Replaces the file, durably and in one step. */
export function writeChecked(disk: Disk, path: string, content: unknown): Promise<void> {
  const text = JSON.stringify({ content, crc32c: checksum(content) })
  return replaceFile(disk, path, Buffer.from(`${text}\n`))
}

/** The content; undefined if there is no file. Throws a Failure ('corrupt') if the checksum is wrong. */
export function readChecked(disk: Disk, path: string): unknown {
  const bytes = readWhole(disk, path)
  if (bytes === undefined) return undefined
  const parsed = parseObject(bytes)
  if (parsed === undefined || parsed.crc32c !== checksum(parsed.content)) {
    throw new Failure('corrupt', `${path} is damaged: its checksum does not match`, {
      hint: 'Put back a copy of the file, or move the data folder away to start anew.',
    })
  }
  return parsed.content
}

/** The JSON object in the bytes; undefined where there is none. */
export function parseObject(bytes: Uint8Array): { readonly [name: string]: unknown } | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(bytes).toString())
    return typeof parsed === 'object' && parsed !== null ? (parsed as { [name: string]: unknown }) : undefined
  } catch {
    return undefined
  }
}

/** The CRC-32C of the content as JSON.stringify writes it, in hexadecimal. */
export const checksum = (content: unknown): string => checksumOf(JSON.stringify(content ?? null))

/** The CRC-32C of a text in hexadecimal. */
export const checksumOf = (text: string): string => crc32c(text).toString(16).padStart(8, '0')
