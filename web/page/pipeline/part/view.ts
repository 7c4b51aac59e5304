/** What a part of the graph shows of itself: a state in a word, its speed, a few facts, and what is wrong with it. */
import type { GraphPart } from '../../../../src/server/api/pipeline.ts'
import type { PipelineStatus, TopicStatus } from '../../../../src/server/api/status.ts'
import type { Tone } from '../../../part/badge.tsx'
import {
  formatAgo,
  formatCount,
  formatDuration,
  formatShort,
  formatTime,
  plural,
  withReadableTimes,
} from '../../../part/format.ts'

export type PartView = {
  readonly tone: Tone
  readonly word: string
  /** Records, lines or rows a second; undefined: the part has no speed. */
  readonly rate: number | null | undefined
  /** The key of its rates of the last minutes. */
  readonly series: string | undefined
  /** Short texts, the most important first. */
  readonly facts: readonly string[]
  readonly trouble: readonly string[]
}

type Seen = Omit<PartView, 'trouble'>
const UNSEEN: Seen = { tone: 'off', word: 'not open', rate: undefined, series: undefined, facts: [] }

/** The part as the status has it. */
export function viewOf(part: GraphPart, status: PipelineStatus): PartView {
  const trouble = troubleOf(part, status)
  const seen = seenOf(part, status)
  return trouble.length === 0 ? { ...seen, trouble } : { ...seen, tone: 'bad', trouble }
}

/** What is wrong with a part: of a query, also with the topic of its rows. */
export function troubleOf({ id, kind, topic }: GraphPart, { trouble, at }: PipelineStatus): readonly string[] {
  const names = kind === 'topic' ? [`topic ${topic}`] : [id, `topic ${topic}`]
  return trouble
    .filter(({ part }) => names.some((name) => part === name || part.startsWith(`${name}, `)))
    .map(({ text }) => withReadableTimes(text, at))
}

function seenOf(part: GraphPart, status: PipelineStatus): Seen {
  switch (part.kind) {
    case 'source':
      return sourceSeen(part.name, status)
    case 'topic':
      return topicSeen(part.topic, status)
    case 'query':
      return querySeen(part.name, status)
    case 'sink':
      return sinkSeen(part.name, status)
    case 'alert':
      return alertSeen(part, status)
    case 'report':
      return reportSeen(part.name, status)
    case 'table':
      return { ...UNSEEN, word: '' }
  }
}

function sourceSeen(name: string, { at, sources }: PipelineStatus): Seen {
  const found = sources.find((one) => one.name === name)
  if (found === undefined) return UNSEEN
  const { rate, lines, lastArrival, waitsFor, waitsMs, hasEnded, unreachable, warning } = found
  const facts = [
    ...(waitsFor === null ? [] : [`waits ${formatDuration(waitsMs)} for ${WAITS[waitsFor]}`]),
    ...(lastArrival === null ? ['no line yet'] : (rate ?? 0) > 0 ? [] : [`last line ${formatAgo(lastArrival, at)}`]),
    `${formatShort(lines)} lines`,
    ...(warning === null ? [] : [warning.text]),
  ]
  const [tone, word]: readonly [Tone, string] =
    unreachable !== null
      ? ['bad', 'unreachable']
      : hasEnded
        ? ['off', 'ended']
        : waitsFor !== null
          ? ['busy', 'held back']
          : (rate ?? 0) > 0
            ? ['good', 'reading']
            : ['good', 'waiting']
  return { tone, word, rate, series: `source ${name}`, facts }
}

const WAITS = { bus: 'the bus', readers: 'its readers', room: 'room' }

function topicSeen(topic: string | null, status: PipelineStatus): Seen {
  const found = status.topics.find(({ name }) => name === topic)
  if (found === undefined) return UNSEEN
  const behind = behindOf(found, status.at)
  const held = heldText(found)
  const dead = Object.values(found.dead?.run ?? {}).reduce((sum, count) => sum + count, 0)
  const facts = [
    ...(behind === undefined ? [] : [`watermark ${behind} behind`]),
    ...(dead === 0 ? [] : [`${formatShort(dead)} dead`]),
    ...(held === undefined ? [] : [held]),
  ]
  const isHeld = held !== undefined && found.heldBy?.why !== 'unread'
  return {
    tone: isHeld ? 'busy' : 'good',
    word: isHeld ? 'held' : 'open',
    rate: found.rate,
    series: `topic ${topic}`,
    facts,
  }
}

/** How far the lowest watermark is behind the time of the status; undefined where there is none. */
function behindOf({ partitions }: TopicStatus, at: string): string | undefined {
  const marks = partitions.flatMap(({ watermark }) => (watermark === null ? [] : [Date.parse(watermark)]))
  return marks.length === 0 ? undefined : formatDuration(Math.max(0, Date.parse(at) - Math.min(...marks)))
}

/** A partition that is less behind the others is in step with them: someone has to be the last. */
const IN_STEP_MS = 5000

/** What windows over the topic wait for; undefined where they wait for nothing. */
export function heldText({ heldBy, idleMs, partitions }: TopicStatus): string | undefined {
  if (heldBy === null || (heldBy.behindMs ?? IN_STEP_MS) < IN_STEP_MS) return undefined
  const { partition, why, behindMs } = heldBy
  const by = behindMs === null ? '' : `, ${formatDuration(behindMs)} behind the others`
  if (why === 'unread') return `partition ${partition} is still being read${by}`
  const what = why === 'silent' ? 'is silent' : 'has no records'
  const quietMs = partitions.find((one) => one.partition === partition)?.quietMs ?? 0
  const left = idleMs === null ? '' : `; it counts for ${formatDuration(Math.max(0, idleMs - quietMs))} more`
  return `partition ${partition} ${what}${by}${left}`
}

function querySeen(name: string, { queries }: PipelineStatus): Seen {
  const found = queries.find((one) => one.name === name)
  if (found === undefined) return UNSEEN
  const { rate, reads, late, state, latency } = found
  const lag = reads.reduce((sum, one) => sum + one.lag, 0)
  const facts = [
    lagText(lag),
    ...(late === null || late === 0 ? [] : [`${formatShort(late)} late`]),
    ...(state === null || state.windows === 0 ? [] : [plural(state.windows, 'window')]),
    ...(latency === null || latency.count === 0 ? [] : [`p99 ${formatDuration(latency.p99Ms)}`]),
  ]
  return { tone: 'good', word: lag > 0 ? 'catching up' : 'up to date', rate, series: `query ${name}`, facts }
}

const lagText = (lag: number): string => (lag === 0 ? 'no lag' : `lag ${formatShort(lag)}`)

function sinkSeen(name: string, { sinks }: PipelineStatus): Seen {
  const found = sinks.find((one) => one.name === name)
  if (found === undefined) return UNSEEN
  const { rate, reads, refused, delivered, trouble } = found
  const facts = [
    lagText(reads.lag),
    ...(refused === null || refused === 0 ? [] : [`${formatShort(refused)} refused`]),
    `${formatShort(delivered)} delivered`,
  ]
  const seen = { rate, series: `sink ${name}`, facts }
  if (trouble !== null) return { ...seen, tone: 'bad', word: 'failing' }
  return { ...seen, tone: 'good', word: reads.lag > 0 ? 'delivering' : 'up to date' }
}

function alertSeen({ name, notifiers }: GraphPart, { alerts }: PipelineStatus): Seen {
  const found = alerts.find((one) => one.name === name)
  if (found === undefined) return UNSEEN
  const { firing, pending, severity } = found
  const facts = [severity, `tells ${(notifiers ?? []).map((one) => one.split(':').at(-1)).join(', ') || 'nobody'}`]
  const rest = { rate: undefined, series: undefined, facts }
  if (firing === null) return { ...rest, tone: 'off', word: 'not known' }
  if (firing > 0) return { ...rest, tone: 'bad', word: `${formatCount(firing)} firing` }
  if ((pending ?? 0) > 0) return { ...rest, tone: 'warn', word: `${formatCount(pending)} pending` }
  return { ...rest, tone: 'good', word: 'all well' }
}

function reportSeen(name: string, { at, reports }: PipelineStatus): Seen {
  const found = reports.find((one) => one.name === name)
  if (found === undefined) return UNSEEN
  const { stage, next, last } = found
  const facts = [
    ...(next === null
      ? ['made by hand']
      : [`next ${formatTime(next, { withDay: next.slice(0, 10) !== at.slice(0, 10) })}`]),
    ...(last === null
      ? []
      : [last.failure === null ? `last: ${plural(last.rows ?? 0, 'row')}` : 'the last one failed']),
  ]
  const rest = { rate: undefined, series: undefined, facts }
  if (stage === 'working') return { ...rest, tone: 'busy', word: 'being made' }
  if (stage === 'watermark') return { ...rest, tone: 'busy', word: 'waits for rows' }
  if (last?.failure != null) return { ...rest, tone: 'bad', word: 'failed' }
  return { ...rest, tone: 'good', word: next === null ? 'by hand' : 'scheduled' }
}
