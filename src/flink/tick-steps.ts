/**
 * When the rows of a table need a tick: Flink closes windows by the watermark of rows alone, and nobody sees from outside which of them
 * are open. So a tick comes at each time at which one may close, until none can be open any more.
 */
import type { Duration } from '../base/quantity.ts'
import type { CheckedPipeline } from '../pipeline/checked.ts'
import { inputsOf } from '../sql/plan/inputs.ts'
import type { Plan, WindowKind } from '../sql/plan/plan.ts'
import { flinkCatalog, needsTime, plannedForFlink } from './flink-catalog.ts'
import { jobQueries } from './job.ts'

/** Windows close at multiples of `step` of event time, counted from 1970, the last of them `reach` or less after the last row. */
export type TickStep = { readonly step: Duration; readonly reach: Duration }

/** Ticks come no closer to each other than this, so a window of another length closes by as much later. */
const SHORTEST_MS: Duration = 1000
/** Clocks of all time zones are apart by multiples of this. */
const ZONE_MS: Duration = 900_000
/** A session is noticed to be over within this part of its gap. */
const PARTS_OF_GAP = 30

/** The steps of the tables that queries read by event time, by their names in SQL; the pipeline is one that Flink can run. */
export function tickSteps(pipeline: CheckedPipeline): ReadonlyMap<string, readonly TickStep[]> {
  const catalog = flinkCatalog(pipeline)
  const zone = pipeline.timezone === 'UTC' ? 0 : ZONE_MS
  const steps = new Map<string, readonly TickStep[]>()
  for (const query of jobQueries(pipeline)) {
    const { plan } = plannedForFlink(query, catalog, pipeline)
    if (!needsTime(plan)) continue
    const own = stepsOf(plan, zone)
    const reach = own.reduce((sum, one) => sum + one.reach, 0)
    const found = own.map(({ step }) => ({ step, reach }))
    for (const table of scannedIn(plan)) steps.set(table, [...(steps.get(table) ?? []), ...found])
  }
  return new Map([...steps].map(([table, all]) => [table, longest(all)]))
}

const scannedIn = (plan: Plan): ReadonlySet<string> =>
  new Set(plan.kind === 'scan' ? [plan.table] : inputsOf(plan).flatMap((input) => [...scannedIn(input)]))

/** Of each step the longest reach. */
const longest = (all: readonly TickStep[]): readonly TickStep[] =>
  [...new Set(all.map(({ step }) => step))].map((step) => ({
    step,
    reach: Math.max(...all.map((one) => (one.step === step ? one.reach : 0))),
  }))

function stepsOf(plan: Plan, zone: Duration): readonly TickStep[] {
  const below = inputsOf(plan).flatMap((input) => stepsOf(input, zone))
  const own = ownStep(plan, zone)
  return own === undefined ? below : [...below, own]
}

function ownStep(plan: Plan, zone: Duration): TickStep | undefined {
  switch (plan.kind) {
    case 'window': {
      const { window } = plan
      const exact = [zone, window.offset, window.size].reduce(commonDivisor, everyOf(window))
      const step = Math.max(SHORTEST_MS, exact)
      return { step, reach: window.size + (step === exact ? 0 : step) }
    }
    case 'session': {
      const step = Math.max(SHORTEST_MS, Math.floor(plan.gap / PARTS_OF_GAP))
      return { step, reach: plan.gap + step }
    }
    case 'join':
      if (plan.time?.kind !== 'interval') return undefined
      return { step: SHORTEST_MS, reach: Math.max(Math.abs(plan.time.from), Math.abs(plan.time.to)) + SHORTEST_MS }
    case 'over':
    case 'first':
      return { step: SHORTEST_MS, reach: SHORTEST_MS }
    default:
      return undefined
  }
}

const everyOf = (window: WindowKind): Duration =>
  window.kind === 'tumble' ? window.size : window.kind === 'hop' ? window.slide : window.step

const commonDivisor = (one: number, other: number): number =>
  other === 0 ? Math.abs(one) : commonDivisor(other, one % other)
