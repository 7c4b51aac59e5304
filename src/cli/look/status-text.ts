/** A status for a person: what is wrong comes first, then each kind of part as a table. */
import { countText, roundBytes, roundSpan } from '../../base/units.ts'
import { holdingText } from '../../run/share/assign.ts'
import type {
  AlertStatus,
  GroupStatus,
  PipelineStatus,
  PlaceStatus,
  QueryStatus,
  ReportStatus,
  SinkStatus,
  SourceStatus,
  TopicStatus,
} from '../../run/status/status.ts'
import { cutText, printable, wrapText } from '../../terminal/text.ts'
import { membersText, whatItIs } from './groups-text.ts'
import { moreText, number, type Sheet, stacked, table, text } from './sheet.ts'
import { replicasText } from './topics-text.ts'
import { agoText, numberText, rateText, shortTime } from './words.ts'

/** What is shorter than this goes on all the time and is nobody's business. */
const WORTH_SAYING_MS = 1000
/** A watermark that is less behind others is as it should be. */
const FAR_MS = 10_000

const INDENT = '  '

/** The whole status. */
export function statusSheet(status: PipelineStatus): Sheet {
  const { at, bus, sources, topics, queries, sinks, alerts, reports, groups, share } = status
  const filled = topics.filter(({ kind }) => kind !== 'dead' && kind !== 'ticks')
  return stacked([
    headSheet(status),
    troubleSheet(status),
    table(shareColumns(share), share?.members ?? []),
    table(sourceColumns(at), sources, ({ unreachable }) => (unreachable === null ? 0 : 1)),
    table(topicColumns, filled, topicWorth),
    table(queryColumns, queries, ({ reads }) => lagOf(reads)),
    table(sinkColumns, sinks, ({ trouble, reads }) => (trouble === null ? reads.lag : Number.POSITIVE_INFINITY)),
    table(alertColumns, alerts, ({ firing, pending }) => (firing ?? 0) * 2 + (pending ?? 0)),
    // A data folder has no groups but the queries and sinks above, which say where they are at this moment.
    table(groupColumns, bus.brokers.length === 0 ? [] : groups, ({ lag }) => lag),
    table(reportColumns(at), reports),
  ])
}

/** Topics with dead letters or with copies that are missing come first, then those that sources fill. */
const topicWorth = ({ dead, kind, partitions }: TopicStatus): number =>
  (partitions.some(({ inSync, replicas }) => inSync.length < replicas.length) ? 4 : 0) +
  ((dead?.kept ?? 0) > 0 ? 2 : 0) +
  (kind === 'source' ? 1 : 0)

const lagOf = (reads: readonly PlaceStatus[]): number => reads.reduce((sum, { lag }) => sum + lag, 0)

function headSheet(status: PipelineStatus): Sheet {
  const { pipeline, state, process, bus, dataFolder, checkpoint, at } = status
  const name = pipeline ?? 'the pipeline'
  const how = process === null ? '' : `: process ${process.pid}, tailrace ${process.version}`
  const since = process === null ? '' : ` for ${roundSpan(Date.parse(at) - Date.parse(process.since))}`
  const doing = { starting: 'is starting', running: 'runs', stopping: 'is stopping', stopped: 'is stopped' }[state]
  const took = checkpoint?.tookMs == null ? '' : `, which took ${roundSpan(checkpoint.tookMs)}`
  const taken = checkpoint === null ? 'no checkpoint yet' : `last checkpoint ${agoText(checkpoint.at, at)}${took}`
  const brokers = bus.brokers.map(
    ({ id, address, isController }) => `${id} ${address}${isController ? ' (controller)' : ''}`,
  )
  const lines = [
    `data in ${dataFolder}, bus ${bus.type}, ${taken}`,
    ...(brokers.length === 0 ? [] : [`brokers: ${brokers.join(', ')}`]),
    ...(process === null ? [leftText(status)] : []),
  ]
  return (colours, width) => [
    colours.bold(cutText(printable(`${name} ${doing}${since}${how}`), width)),
    ...lines.map((line) => cutText(printable(line), width)),
  ]
}

/** What a status without a process is made of. */
function leftText({ checkpoint, state }: PipelineStatus): string {
  if (checkpoint !== null || state !== 'stopped') return 'What follows is what its checkpoint and its bus say.'
  return 'It has not run here yet, or not until a first checkpoint. What follows is what its bus says.'
}

/** Long texts are not cut, as they say what to do; only where there is no room, each is cut to a line. */
function troubleSheet({ trouble, state }: PipelineStatus): Sheet {
  return (colours, width, height) => {
    if (trouble.length === 0) return state === 'running' ? [colours.green('all is well')] : []
    const room = width - INDENT.length
    const texts = trouble.map((one) => `${one.part}: ${one.text}`)
    const whole = texts.flatMap((text) => text.split('\n').flatMap((line) => wrapText(printable(line), room)))
    const brief = texts.map((text) => cutText(printable(text), room))
    const cut = height === undefined || whole.length < height ? whole : fitLines(brief, height - 1, room)
    return [colours.red(colours.bold('trouble')), ...cut.map((line) => colours.red(`${INDENT}${line}`))]
  }
}

const fitLines = (lines: readonly string[], height: number, width: number): readonly string[] =>
  lines.length <= height ? lines : [...lines.slice(0, height - 1), moreText(lines.length - height + 1, width)]

const sourceColumns = (now: string) => [
  text<SourceStatus>('source', ({ name }) => name),
  text<SourceStatus>('reads', ({ reads }) => reads),
  text<SourceStatus>('into', ({ to }) => to, 3),
  number<SourceStatus>('lines', ({ lines }) => numberText(lines)),
  number<SourceStatus>('rate', ({ rate }) => rateText(rate)),
  text<SourceStatus>('last line', ({ lastArrival }) => agoText(lastArrival, now), 2),
  text<SourceStatus>('state', sourceState),
]

function sourceState({ hasEnded, waitsFor, waitsMs, lines }: SourceStatus): string {
  if (hasEnded) return 'ended'
  if (waitsFor !== null && waitsMs >= WORTH_SAYING_MS) return `has waited ${roundSpan(waitsMs)} for ${WAITS[waitsFor]}`
  return lines === 0 ? 'nothing has come yet' : ''
}

const WAITS = { bus: 'the bus', readers: 'queries that are behind', room: 'room in the topic' } as const

/** The brokers that lead its partitions, in the order of the partitions. */
const leadersText = ({ partitions }: TopicStatus): string =>
  [...new Set(partitions.flatMap(({ leader }) => leader ?? []))].join(' ')

const topicColumns = [
  text<TopicStatus>('topic', ({ name }) => name),
  number<TopicStatus>('partitions', ({ partitions }) => String(partitions.length), 5),
  number<TopicStatus>('records', ({ records }) => numberText(records)),
  number<TopicStatus>('size', ({ bytes }) => (bytes === null ? '' : roundBytes(bytes)), 6),
  number<TopicStatus>('rate', ({ rate }) => rateText(rate)),
  text<TopicStatus>(
    'watermark',
    ({ partitions }) => {
      const [least] = partitions.flatMap(({ watermark }) => watermark ?? []).sort()
      return least === undefined ? '' : shortTime(least)
    },
    3,
  ),
  text<TopicStatus>('held back by', heldText, 4),
  text<TopicStatus>('leaders', leadersText, 2),
  text<TopicStatus>('in sync', ({ partitions }) => replicasText(partitions)),
  text<TopicStatus>('dead letters', deadText),
]

/** The partition for which windows wait. */
function heldText({ heldBy, idleMs }: TopicStatus): string {
  if (heldBy === null) return ''
  const { partition, behindMs, why } = heldBy
  if (behindMs !== null && behindMs < FAR_MS) return ''
  const quiet = idleMs === null ? '' : `, idle after ${roundSpan(idleMs)}`
  const reason = { unread: 'not read yet', silent: `nothing comes in${quiet}`, empty: `no records yet${quiet}` }[why]
  return `partition ${partition}${behindMs === null ? '' : `, ${roundSpan(behindMs)} behind`}: ${reason}`
}

function deadText({ dead }: TopicStatus): string {
  if (dead === null) return ''
  const rules = Object.entries(dead.rules ?? {}).map(([rule, count]) => `${rule} ${numberText(count)}`)
  const now = Object.entries(dead.run ?? {}).flatMap(([kind, count]) => {
    if (count === 0) return []
    return kind === 'rule' ? rules : `${kind.replace('_', ' ')} ${numberText(count)}`
  })
  if (now.length > 0) return now.join(', ')
  return dead.kept === 0 ? '' : `${numberText(dead.kept)} kept`
}

const queryColumns = [
  text<QueryStatus>('query', ({ name }) => name),
  text<QueryStatus>('reads', ({ reads }) => reads.map(({ topic }) => topic).join(', '), 5),
  number<QueryStatus>('rows', ({ rows }) => numberText(rows)),
  number<QueryStatus>('rate', ({ rate }) => rateText(rate)),
  number<QueryStatus>('lag', ({ reads }) => numberText(lagOf(reads))),
  number<QueryStatus>('late', ({ late }) => (late === 0 ? '' : numberText(late))),
  text<QueryStatus>(
    'latency',
    ({ latency }) =>
      latency === null || latency.count === 0 ? '' : `p50 ${roundSpan(latency.p50Ms)}, p99 ${roundSpan(latency.p99Ms)}`,
    3,
  ),
  text<QueryStatus>(
    'holds',
    ({ state }) => {
      if (state === null) return ''
      const windows = state.windows === 0 ? '' : `, ${countText(state.windows, 'open window')}`
      return `${roundBytes(state.bytes)} of ${roundBytes(state.limitBytes)}${windows}`
    },
    4,
  ),
  text<QueryStatus>('at Flink', jobText, 1),
]

/** `running, watermark 12:00:05, back pressure high, started again 2 times`. */
function jobText({ job }: QueryStatus): string {
  if (job === null) return ''
  const { state, watermark, backPressure, restarts } = job
  return [
    state?.toLowerCase() ?? 'not seen',
    ...(watermark === null ? [] : [`watermark ${shortTime(watermark)}`]),
    ...(backPressure === null || backPressure === 'ok' ? [] : [`back pressure ${backPressure}`]),
    ...(restarts === 0 ? [] : [`started again ${countText(restarts, 'time')}`]),
  ].join(', ')
}

const sinkColumns = [
  text<SinkStatus>('sink', ({ name }) => name),
  text<SinkStatus>('kind', ({ kind }) => kind),
  text<SinkStatus>('of', ({ reads }) => reads.topic, 2),
  number<SinkStatus>('delivered', ({ delivered }) => numberText(delivered)),
  number<SinkStatus>('rate', ({ rate }) => rateText(rate)),
  number<SinkStatus>('lag', ({ reads }) => numberText(reads.lag)),
  number<SinkStatus>('refused', ({ refused }) => (refused === 0 ? '' : numberText(refused))),
  text<SinkStatus>('state', ({ trouble }) => (trouble === null ? '' : 'fails, see above')),
]

const alertColumns = [
  text<AlertStatus>('alert', ({ name }) => name),
  text<AlertStatus>('severity', ({ severity }) => severity),
  text<AlertStatus>('watches', ({ from }) => from ?? 'sources', 1),
  number<AlertStatus>('firing', ({ firing }) => numberText(firing)),
  number<AlertStatus>('pending', ({ pending }) => numberText(pending)),
]

type Sharing = NonNullable<PipelineStatus['share']>['members'][number]

const shareColumns = (share: PipelineStatus['share']) => [
  text<Sharing>('shared by', ({ host, id }) => (id === share?.id ? `${host} (this process)` : host)),
  number<Sharing>('process', ({ pid }) => String(pid)),
  text<Sharing>('has', ({ holds, waits }) => (waits === undefined ? holdingText(holds) : `nothing: ${waits}`), 1),
]

const groupColumns = [
  text<GroupStatus>('group', ({ name }) => name),
  text<GroupStatus>('is', whatItIs, 1),
  number<GroupStatus>('lag', ({ lag }) => numberText(lag)),
  text<GroupStatus>('members', membersText, 2),
]

const reportColumns = (now: string) => [
  text<ReportStatus>('report', ({ name }) => name),
  text<ReportStatus>('at', ({ schedule }) => schedule ?? 'by hand'),
  text<ReportStatus>('next', ({ next, stage }) => {
    if (stage === 'working') return 'is being made'
    return stage === 'watermark' ? 'due, waits for its rows' : agoText(next, now)
  }),
  text<ReportStatus>('last', ({ last }) => {
    if (last === null) return ''
    const outcome = last.failure === null ? countText(last.rows ?? 0, 'row') : 'failed, see above'
    return `${outcome}, due ${shortTime(last.due)}`
  }),
]
