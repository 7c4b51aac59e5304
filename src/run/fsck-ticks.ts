/** A tick lies before a record of its topic or at its end: one that lies beyond is of another folder (`tick-log.ts`). */
import type { Disk } from '../base/disk.ts'
import { Failure } from '../base/failure.ts'
import { type Finding, MIXED } from '../bus/embedded/fsck/finding.ts'
import type { Ends } from '../bus/embedded/fsck/fsck.ts'
import { openForReading, type TopicReader } from '../bus/embedded/reading.ts'
import type { Tick } from '../topic/tick-log.ts'

const TICKS = '.ticks'

/** Of a folder that nobody writes to. `ends` has undefined where damage was named already. */
export function inspectTicks(disk: Disk, folder: string, ends: Ends): readonly Finding[] {
  const findings: Finding[] = []
  using data = openForReading(disk, folder)
  for (const [name, partitions] of ends) {
    const of = name.endsWith(TICKS) ? name.slice(0, -TICKS.length) : ''
    for (const [partition, end] of partitions.entries()) {
      const topicEnd = ends.get(of)?.[partition]
      if (topicEnd === undefined || end === undefined) continue
      const offset = lastOffset(data.topic(name), partition)
      if (offset === undefined || offset <= topicEnd) continue
      const nature = `a tick at offset ${offset} of ${of}, partition ${partition}, lies beyond its end, ${topicEnd}`
      findings.push({ kind: 'ticks', isDamage: true, file: `topics/${name}-${partition}`, nature, advice: MIXED })
    }
  }
  return findings
}

/** Ticks are written at the end of their topic as it is then, so the last one lies furthest. */
function lastOffset(ticks: TopicReader, partition: number): number | undefined {
  try {
    const { start, end } = ticks.bounds(partition)
    const fetched = start < end ? ticks.read(partition, end - 1, 1) : undefined
    if (fetched === undefined) return undefined
    const { bytes, start: from, end: to } = fetched.values
    return (JSON.parse(Buffer.from(bytes.subarray(from[0], to[0])).toString()) as Tick).offset
  } catch (error) {
    if (error instanceof Failure) return undefined
    throw error
  }
}
