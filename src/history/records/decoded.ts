/** Records as rows, one at a time: what the queries of a topic get of them, or why they get none. */
import { Failure } from '../../base/failure.ts'
import type { NoRow } from '../../format/format.ts'
import { ndjsonEncoder } from '../../format/write/json.ts'
import type { CheckedTopic } from '../../pipeline/checked.ts'
import { parseWithDigits } from './exact-json.ts'
import type { Decoded, NoRowReason, ShownRow } from './record-view.ts'
import type { SingleRecord } from './single.ts'

export type RecordDecoder = (record: SingleRecord, stop: AbortSignal) => Promise<Decoded>

/** A longer record is shown as it is, and not as a row. */
const MOST_BYTES = 1 << 20
const NOTHING: Decoded = { row: null, noRow: null }

/** Decodes records of a topic by its format, its rules and `max_ahead`. */
export function openRecordDecoder({ format, fields }: CheckedTopic): RecordDecoder {
  const decode = format.decoder(fields.map((_, index) => index))
  const { encode } = ndjsonEncoder(fields)
  return async ({ value, kept, partition }, stop) => {
    if (value === undefined) return NOTHING
    if (value.length > MOST_BYTES) return unknown('it is longer than 1 MiB, and is not decoded here')
    try {
      await format.ready?.(kept.values, stop)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      return unknown(`it cannot be decoded at present: ${error.message}`)
    }
    let noRow: NoRowReason | null = null
    const batch = decode(kept, partition, {
      add(_, byte, reason, why) {
        noRow = { kind: kindOf(why), reason, byte: why === undefined ? byte : null }
      },
    })
    if (batch.count === 0) return { row: null, noRow }
    return { row: parseWithDigits(Buffer.from(encode(batch, 0, 1)).toString()) as ShownRow, noRow: null }
  }
}

const kindOf = (why: NoRow | undefined): NoRowReason['kind'] => (typeof why === 'object' ? 'rule' : (why ?? 'format'))

const unknown = (reason: string): Decoded => ({ row: null, noRow: { kind: 'unknown', reason, byte: null } })
