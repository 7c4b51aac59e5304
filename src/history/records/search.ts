/** Which records have a text in them: in their key or their value, as they are; capitals and small letters of ASCII are the same. */
import type { Fetched } from '../../bus/bus.ts'
import type { Records } from '../../record/column.ts'
import type { WantedRecord } from './walk.ts'

/** Every record is wanted. */
export const anyRecord: WantedRecord = () => true

/** The records that have the text, whose bytes are UTF-8. */
export function recordsWithText(text: string): WantedRecord {
  const wanted = lowered(Buffer.from(text))
  return ({ values, keys }: Fetched, index) =>
    lowered(bytesOf(values, index)).includes(wanted) ||
    (keys !== undefined && lowered(bytesOf(keys, index)).includes(wanted))
}

const bytesOf = ({ bytes, start, end }: Records, index: number): Buffer => {
  const from = start[index] as number
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, (end[index] as number) - from)
}

/** Each byte as a character; of those beyond ASCII none has capitals here. */
const lowered = (bytes: Buffer): string =>
  bytes.toString('latin1').replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase())
