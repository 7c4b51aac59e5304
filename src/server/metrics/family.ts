/** A metric as it is described once: its name, what it counts, and where its values are in a run. */
import type { HistogramCounts } from '../../base/meter/histogram.ts'
import type { RunMeasures } from '../../run/served/served-run.ts'
import type { PipelineStatus } from '../../run/status/status.ts'

/** A run at the moment of a scrape. */
export type Scrape = {
  /** With what is wrong. */
  readonly status: PipelineStatus
  readonly measures: RunMeasures
  readonly isReady: boolean
  /** ms since 1970. */
  readonly now: number
  /** Of the program. */
  readonly version: string
}

export type Labels = { readonly [name: string]: string | number }

/** The value of one set of labels: null is left out, as nobody knows it. */
export type Sample = { readonly labels: Labels; readonly value: number | null }
export type HistogramSample = { readonly labels: Labels; readonly counts: HistogramCounts }

/** Units are seconds and bytes, as Prometheus wants them; a name ends with its unit, and that of a counter with `_total`. */
export type Family = { readonly name: string; readonly help: string; readonly labels: readonly string[] } & (
  | { readonly type: 'counter' | 'gauge'; samples(measured: Scrape): readonly Sample[] }
  | { readonly type: 'histogram'; samples(measured: Scrape): readonly HistogramSample[] }
)

type Reads<One> = (one: One, measured: Scrape) => number | null

type Make<One> = (name: string, help: string, value: Reads<One>) => Family
type FamilyMakers<One> = { readonly counter: Make<One>; readonly gauge: Make<One> }

/** Families of one kind of part: a sample for each. */
export function familiesOf<One>(
  labels: readonly string[],
  parts: (measured: Scrape) => readonly { readonly labels: Labels; readonly one: One }[],
): FamilyMakers<One> {
  const family = (type: 'counter' | 'gauge', name: string, help: string, value: Reads<One>): Family => ({
    type,
    name,
    help,
    labels,
    samples: (measured) => parts(measured).map(({ labels, one }) => ({ labels, value: value(one, measured) })),
  })
  return {
    counter: (name: string, help: string, value: Reads<One>) => family('counter', name, help, value),
    gauge: (name: string, help: string, value: Reads<One>) => family('gauge', name, help, value),
  }
}

/** Seconds of milliseconds that may not be known. */
export const seconds = (milliseconds: number | null): number | null =>
  milliseconds === null ? null : milliseconds / 1000

/** A time as seconds since 1970. */
export const secondsAt = (time: string | null): number | null => (time === null ? null : Date.parse(time) / 1000)
