/** Topics for a person: one line each, or one for each partition. */
import { roundBytes } from '../../base/units.ts'
import type { PartitionStatus, PipelineStatus, TopicStatus } from '../../run/status/status.ts'
import { placesIn } from '../../run/status/with-bus.ts'
import { number, type Sheet, table, text } from './sheet.ts'
import type { ShowOptions } from './show.ts'
import { agoText, numberText, rateText, shortTime } from './words.ts'

/** Every topic has one for its dead letters, and some have one for ticks: without `all` they are shown once they have records. */
const shown = ({ topics }: PipelineStatus, all: boolean): readonly TopicStatus[] =>
  topics.filter(({ kind, records }) => all || records > 0 || (kind !== 'dead' && kind !== 'ticks'))

/** One line for each topic. The watermark is event time, all else is by our clock. */
export const topicsSheet = (status: PipelineStatus, { all = false }: ShowOptions): Sheet =>
  table<TopicStatus>(
    [
      text('topic', ({ name }) => name),
      number('parts', ({ partitions }) => String(partitions.length)),
      number('records', ({ records }) => numberText(records)),
      number('size', ({ bytes }) => sizeText(bytes)),
      number('rate', ({ rate }) => rateText(rate)),
      text('arrived', ({ partitions }) =>
        agoText(greatest(partitions.map(({ lastArrival }) => lastArrival)), status.at),
      ),
      text('watermark', ({ partitions }) => timeCell(least(partitions.map(({ watermark }) => watermark)))),
      text('in sync', ({ partitions }) => replicasText(partitions)),
      text('behind', ({ readers }) => readersText(readers)),
    ],
    shown(status, all),
  )

/** One line for each partition. */
export function partitionsSheet(status: PipelineStatus, { all = false }: ShowOptions): Sheet {
  const rows = shown(status, all).flatMap(({ name, partitions }) =>
    partitions.map((partition) => ({ name, ...partition })),
  )
  return table<PartitionStatus & { readonly name: string }>(
    [
      text('topic', ({ name }) => name),
      number('partition', ({ partition }) => String(partition)),
      text('offsets', ({ start, end }) => (start < end ? `${start} to ${end - 1}` : 'none')),
      number('records', ({ start, end }) => numberText(end - start)),
      number('size', ({ bytes }) => sizeText(bytes)),
      text('first arrival', ({ firstArrival }) => timeCell(firstArrival)),
      text('last arrival', ({ lastArrival }) => timeCell(lastArrival)),
      text('watermark', ({ watermark }) => timeCell(watermark)),
      number('leader', ({ leader, replicas }) => (replicas.length === 0 ? '' : String(leader ?? 'none'))),
      text('replicas', ({ replicas }) => replicas.join(', ')),
      text('in sync', (one) => replicasText([one])),
      text('behind', ({ name, partition }) => behindText(status, name, partition)),
    ],
    rows,
  )
}

/** The readers that are not at the end of their topic, the furthest first; `0` where all are. */
function readersText(readers: TopicStatus['readers']): string {
  const [first, ...others] = readers.filter(({ lag }) => lag > 0).sort((a, b) => b.lag - a.lag)
  if (first === undefined) return readers.length === 0 ? '' : '0'
  const more = others.length === 0 ? '' : ` +${others.length}`
  return `${first.name.replace(/^(query|sink|group) /, '')} ${numberText(first.lag)}${more}`
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
export function replicasText(partitions: readonly PartitionStatus[]): string {
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
