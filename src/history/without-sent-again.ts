/**
 * Leaves out the records that were sent again (`send-again.ts`) where something runs over the history: once their format or rule is
 * corrected they can be read, and so can their copies. Each counts once, as the copy, which is what queries have read.
 */
import type { Disk } from '../base/disk/disk.ts'
import type { Offset } from '../base/quantity.ts'
import { isInRanges } from '../base/ranges.ts'
import type { TopicDecoder } from '../format/format.ts'
import type { CheckedTopic } from '../pipeline/checked.ts'
import { Gather } from '../record/gather.ts'
import type { Field } from '../record/type.ts'
import type { TopicFormat } from '../topic/topic-format.ts'
import { recordsSentAgain } from './send-again.ts'

/** Where the files are that say what was sent again. */
export type SentAgainPlace = { readonly disk: Disk; readonly dataFolder: string }

type Sent = ReadonlyMap<number, readonly Offset[]>

/** The topics, whose decoders leave out records that were sent again. Throws a Failure where a file about these is damaged. */
export const withoutSentAgain = <Open extends { readonly checked: CheckedTopic }>(
  topics: ReadonlyMap<string, Open>,
  place: SentAgainPlace,
): ReadonlyMap<string, Open> =>
  new Map([...topics].map(([name, open]) => [name, { ...open, checked: readOnce(open.checked, place) }]))

/** The topic, whose decoders leave out records that were sent again. */
export function readOnce(checked: CheckedTopic, { disk, dataFolder }: SentAgainPlace): CheckedTopic {
  const sent = recordsSentAgain(disk, dataFolder, checked.topic)
  return sent.size === 0 ? checked : { ...checked, format: withoutRecords(checked.format, sent) }
}

const withoutRecords = (format: TopicFormat, sent: Sent): TopicFormat => ({
  ...format,
  decoder: (columns) => decoderWithout(columns, format, sent),
})

function decoderWithout(columns: readonly number[], format: TopicFormat, sent: Sent): TopicDecoder {
  const decode = format.decoder(columns)
  const gather = new Gather(columns.map((column) => format.fields[column] as Field))
  let kept = new Int32Array(0)
  return (records, partition, rejects) => {
    const ranges = sent.get(partition) ?? []
    const isSent = (record: number) => isInRanges(ranges, records.baseOffset + record)
    if ((ranges.at(-1) ?? 0) <= records.baseOffset) return decode(records, partition, rejects)
    const rows = decode(records, partition, {
      add: (record, ...reject) => void (isSent(record) || rejects.add(record, ...reject)),
    })
    if (kept.length < rows.count) kept = new Int32Array(rows.count)
    let count = 0
    for (let row = 0; row < rows.count; row++) if (!isSent(rows.origin?.[row] ?? row)) kept[count++] = row
    return count === rows.count ? rows : gather.take(rows, kept, count)
  }
}
