/** Checks that ticks lie before a record of their topic or at its end: one beyond it is of another folder (`tick-log.ts`). */
import { Failure } from '../base/failure.ts'
import type { Offset } from '../base/quantity.ts'
import type { BusReader, TopicReader } from '../bus/bus.ts'
import { type Finding, MIXED } from '../bus/embedded/fsck/finding.ts'
import type { Ends } from '../bus/embedded/fsck/fsck.ts'
import { recordText } from '../record/records.ts'
import type { Tick } from '../topic/tick-log.ts'

const TICKS = '.ticks'

/**
 * A finding for each partition with a tick beyond the end of its topic. No process may write to the topics meanwhile.
 * `ends` has undefined for partitions whose damage was found already.
 */
export async function inspectTicks(bus: BusReader, ends: Ends): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const [name, partitions] of ends) {
    const of = name.endsWith(TICKS) ? name.slice(0, -TICKS.length) : ''
    for (const [partition, end] of partitions.entries()) {
      const topicEnd = ends.get(of)?.[partition]
      if (topicEnd === undefined || end === undefined) continue
      const offset = await lastOffset(await bus.reader(name), partition)
      if (offset === undefined || offset <= topicEnd) continue
      const nature = `a tick at offset ${offset} of ${of}, partition ${partition}, lies beyond its end, ${topicEnd}`
      findings.push({ kind: 'ticks', isDamage: true, file: `topics/${name}-${partition}`, nature, advice: MIXED })
    }
  }
  return findings
}

/** The offset of the last tick: each was written at the end of its topic, so none lies further. */
async function lastOffset(ticks: TopicReader, partition: number): Promise<Offset | undefined> {
  try {
    const { start, end } = ticks.bounds(partition)
    const fetched = start < end ? await ticks.read(partition, end - 1, 1) : undefined
    if (fetched === undefined) return undefined
    return (JSON.parse(recordText(fetched.values, 0)) as Tick).offset
  } catch (error) {
    if (error instanceof Failure) return undefined
    throw error
  }
}
