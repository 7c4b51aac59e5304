/** Topics for a person: one line each, or one for each partition. */
import { roundBytes } from '../../base/units.ts'
import type { PartitionStatus, PipelineStatus, TopicStatus } from '../../run/status/status.ts'
import { placesIn } from '../../run/status/with-bus.ts'
import { number, type Sheet, table, text } from './sheet.ts'
import { numberText, rateText, shortTime } from './words.ts'

/** Every topic has one for its dead letters, and some have one for ticks: they are shown once they have records. */
const shown = ({ topics }: PipelineStatus): readonly TopicStatus[] =>
  topics.filter(({ kind, records }) => records > 0 || (kind !== 'dead' && kind !== 'ticks'))

/** One line for each topic. */
export const topicsSheet = (status: PipelineStatus): Sheet =>
  table<TopicStatus>(
    [
      text('topic', ({ name }) => name),
      number('partitions', ({ partitions }) => String(partitions.length)),
      number('records', ({ records }) => numberText(records)),
      number('size', ({ bytes }) => sizeText(bytes)),
      number('rate', ({ rate }) => rateText(rate)),
      text('first', ({ partitions }) => timeCell(least(partitions.map((one) => one.firstArrival)))),
      text('last', ({ partitions }) => timeCell(greatest(partitions.map((one) => one.lastArrival)))),
      text('in sync', ({ partitions }) => replicasText(partitions)),
      text('behind', ({ readers }) => readers.map(({ name, lag }) => `${name} ${numberText(lag)}`).join(', ')),
    ],
    shown(status),
  )

/** One line for each partition. */
export function partitionsSheet(status: PipelineStatus): Sheet {
  const rows = shown(status).flatMap(({ name, partitions }) => partitions.map((partition) => ({ name, ...partition })))
  return table<PartitionStatus & { readonly name: string }>(
    [
      text('topic', ({ name }) => name),
      number('partition', ({ partition }) => String(partition)),
      text('offsets', ({ start, end }) => (start < end ? `${start} to ${end - 1}` : 'none')),
      number('records', ({ start, end }) => numberText(end - start)),
      number('size', ({ bytes }) => sizeText(bytes)),
      text('first', ({ firstArrival }) => timeCell(firstArrival)),
      text('last', ({ lastArrival }) => timeCell(lastArrival)),
      text('watermark', ({ watermark }) => timeCell(watermark)),
      number('leader', ({ leader, replicas }) => (replicas.length === 0 ? '' : String(leader ?? 'none'))),
      text('replicas', ({ replicas }) => replicas.join(', ')),
      text('in sync', (one) => replicasText([one])),
      text('behind', ({ name, partition }) => behindText(status, name, partition)),
    ],
    rows,
  )
}

/** The readers of a partition, and how many records each has before it. */
const behindText = (status: PipelineStatus, topic: string, partition: number): string =>
  placesIn(topic, status)
    .flatMap(({ name, place }) => {
      const lag = place.partitions[partition]?.lag
      return lag === undefined ? [] : `${name} ${numberText(lag)}`
    })
    .join(', ')

/** `3 of 3`; nothing on a bus without brokers. */
function replicasText(partitions: readonly PartitionStatus[]): string {
  const copies = partitions.flatMap(({ replicas }) => replicas).length
  if (copies === 0) return ''
  const inSync = partitions.flatMap((one) => one.inSync).length
  const leaderless = partitions.some(({ leader }) => leader === null) ? ', no leader' : ''
  return `${inSync} of ${copies}${inSync < copies ? ', under-replicated' : ''}${leaderless}`
}

const sizeText = (bytes: number | null): string => (bytes === null ? '' : roundBytes(bytes))
const timeCell = (time: string | null): string => (time === null ? '' : shortTime(time))

const known = (times: readonly (string | null)[]): string[] => times.filter((time) => time !== null).sort()
const least = (times: readonly (string | null)[]): string | null => known(times)[0] ?? null
const greatest = (times: readonly (string | null)[]): string | null => known(times).at(-1) ?? null
