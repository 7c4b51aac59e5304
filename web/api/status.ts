/**
 * The status of the pipeline as it comes each second, for every page: one stream, whichever page is open. Rates and lag of the last
 * minutes are kept beside it, for sparklines.
 */
import type { PipelineStatus } from '../../src/server/api/status.ts'
import { type LinkState, openEvents } from './events.ts'
import { rollingMeans } from './means.ts'
import { createRing, type Ring } from './ring.ts'
import { createStore, type Store, useStore } from './store.ts'

/** Five minutes, at one status a second. */
const HISTORY_POINTS = 300
/** A line of fewer points would be all noise. */
export const FEWEST_POINTS = 60

export type Live = {
  /** The last one that came; undefined before the first. */
  readonly status: PipelineStatus | undefined
  readonly link: LinkState
}

export const live: Store<Live> = createStore<Live>({ status: undefined, link: { kind: 'connecting' } })

/** A part of the status; undefined before the first came. `pick` gives a text or number, or an object out of the status. */
export const useStatus = <Part>(pick: (status: PipelineStatus) => Part): Part | undefined =>
  useStore(live, ({ status }) => (status === undefined ? undefined : pick(status)))

let rings: Map<string, Ring> = new Map()

/** Opens the stream; the function that it gives closes it. */
export function followStatus(): () => void {
  return openEvents('/api/v1/events', {
    onEvent({ event, data }) {
      if (event !== 'status') return
      const status = JSON.parse(data) as PipelineStatus
      remember(status)
      live.set({ ...live.get(), status })
    },
    onState: (link) => live.set({ ...live.get(), link }),
  })
}

/** Each number of which the last minutes are kept, by its key: `in` and `out` of the whole, `source NAME`, `query NAME lag`. */
function* seriesOf({ sources, topics, queries, sinks }: PipelineStatus): Iterable<readonly [string, number | null]> {
  yield ['in', sumOf(sources)]
  yield ['out', sumOf(sinks)]
  for (const { name, rate } of sources) yield [`source ${name}`, rate]
  for (const { name, rate } of topics) yield [`topic ${name}`, rate]
  for (const { name, rate, reads } of queries) {
    yield [`query ${name}`, rate]
    yield [`query ${name} lag`, reads.reduce((sum, { lag }) => sum + lag, 0)]
  }
  for (const { name, rate, reads } of sinks) {
    yield [`sink ${name}`, rate]
    yield [`sink ${name} lag`, reads.lag]
  }
}

/** Of all that are known; null where none is. */
function sumOf(parts: readonly { readonly rate: number | null }[]): number | null {
  const rates = parts.flatMap(({ rate }) => rate ?? [])
  return rates.length === 0 ? null : rates.reduce((sum, rate) => sum + rate, 0)
}

/** A part that the pipeline has no more is forgotten. */
function remember(status: PipelineStatus): void {
  const next = new Map<string, Ring>()
  for (const [key, value] of seriesOf(status)) {
    const ring = rings.get(key) ?? createRing(HISTORY_POINTS)
    ring.push(value ?? Number.NaN)
    next.set(key, ring)
  }
  rings = next
}

/** Rates are shown as their mean over this many statuses: the rows of a window come at once. */
const RECENT_POINTS = 10

/** A series of the last minutes, the newest last: each point is the mean of the seconds before it. Its key is one of `seriesOf`. */
export const historyOf = (key: string): readonly number[] => rollingMeans(rings.get(key)?.values() ?? [], RECENT_POINTS)

/** The newest point of a series; null where nothing is known of the last seconds. */
export function recentOf(key: string): number | null {
  const mean = rollingMeans((rings.get(key)?.values() ?? []).slice(-RECENT_POINTS), RECENT_POINTS).at(-1)
  return mean === undefined || Number.isNaN(mean) ? null : mean
}
