/** Headers as a record has them, for tests. */
import { writeVarint } from './varint.ts'

export type Header = { readonly name: string; readonly value: string | null }

/** Headers, preceded by their number. */
export function headerBytes(headers: readonly Header[]): Buffer {
  const number = (value: number) => {
    const bytes = Buffer.alloc(5)
    return bytes.subarray(0, writeVarint(bytes, 0, value))
  }
  const field = (text: string | null) =>
    text === null ? [number(-1)] : [number(Buffer.byteLength(text)), Buffer.from(text)]
  return Buffer.concat([
    number(headers.length),
    ...headers.flatMap(({ name, value }) => [...field(name), ...field(value)]),
  ])
}
