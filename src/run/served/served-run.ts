/** A run as what serves it to other machines sees it: the HTTP server of `--listen`, whose routes ask nothing else. */
import type { Clock } from '../../base/clock.ts'
import type { HistogramCounts } from '../../base/meter/histogram.ts'
import type { BusLook } from '../../bus/look.ts'
import type { ControlCommands } from '../control/socket.ts'
import type { Parts } from '../parts.ts'
import type { Declared } from '../status/readiness.ts'
import type { PipelineStatus } from '../status/status.ts'

export type ServedRun = {
  /** The name of the pipeline, which no reload changes. */
  readonly pipeline: string
  readonly clock: Clock
  /** What the process itself knows, at once. */
  status(): PipelineStatus
  /** The parts that the pipeline shall have; undefined until the bus is open. */
  declared(): Declared | undefined
  measures(): RunMeasures
  /** The parts at work; undefined until the bus is open. They are only looked at: work is asked of `commands`. */
  parts(): Parts | undefined
  /** What the bus tells of the pipeline's topics; undefined while there is none. It may take as long as brokers do. */
  look(): Promise<BusLook | undefined>
  /** Hides the values that the pipeline file takes from the environment. Failures of `commands` and `look` are masked. */
  mask(text: string): string
  /** What the control socket answers as well. */
  readonly commands: ControlCommands
}

/** What is measured and is no part of a status. */
export type RunMeasures = {
  /** The time zone of event times without one. */
  readonly timezone: string
  /** By sink: how long it took for each batch that it answered, in seconds. */
  readonly sinkWrites: ReadonlyMap<string, HistogramCounts>
  /** By query: from the arrival of a record, or from a tick, to the durable rows that it made complete, in seconds. */
  readonly latency: ReadonlyMap<string, HistogramCounts>
}
