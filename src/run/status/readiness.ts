/**
 * Whether a pipeline does its work: every part that it declares is open, and none of them fails. What is wrong with records, such
 * as late rows, is trouble, but no reason to say that the pipeline is not ready.
 */
import { sinkWords } from '../../alert/names.ts'
import type { PipelineStatus } from './status.ts'
import { checkpointTrouble, jobTrouble, reachTrouble, sinkTrouble, waitTrouble } from './trouble.ts'

export type Readiness = {
  readonly ready: boolean
  readonly state: PipelineStatus['state']
  /** Each part: `bus`, `source log`, `query paths`, `sink archive`, `checkpoint`. */
  readonly parts: readonly PartReadiness[]
}

export type PartReadiness = {
  readonly part: string
  readonly ready: boolean
  /** Why it is not ready, in words. */
  readonly why: string | null
}

/** The parts that the pipeline shall have, by name; undefined while the pipeline is not known to the run yet. */
export type Declared = {
  readonly sources: readonly string[]
  readonly queries: readonly string[]
  readonly sinks: readonly string[]
}

const NOT_OPEN = 'it is not open yet'

/** The readiness by a status of the process itself, and by the parts that it shall have. */
export function readinessOf(status: PipelineStatus, declared: Declared | undefined): Readiness {
  const { state, bus, sources, queries, sinks } = status
  const none: Declared = { sources: [], queries: [], sinks: [] }
  const wanted = declared ?? none
  const parts = [
    part('pipeline', STATES[state] ?? (declared === undefined ? 'it is starting' : undefined)),
    part('bus', declared === undefined ? NOT_OPEN : bus.trouble.join('; ') || undefined),
    ...wanted.sources.map((name) =>
      part(
        `source ${name}`,
        found(sources, name, (source) => [
          ...reachTrouble(source),
          ...(source.waitsFor === 'readers' ? [] : waitTrouble(source)),
        ]),
      ),
    ),
    ...wanted.queries.map((name) => part(`query ${name}`, found(queries, name, jobTrouble))),
    ...wanted.sinks.map((name) => part(sinkWords(name), found(sinks, name, sinkTrouble))),
    part('checkpoint', checkpointTrouble(status)[0]?.text),
  ]
  return { ready: parts.every(({ ready }) => ready), state, parts }
}

const STATES: { readonly [state in PipelineStatus['state']]?: string } = {
  starting: 'it is starting',
  stopping: 'it is stopping',
  stopped: 'it is stopped',
}

const part = (name: string, why: string | undefined): PartReadiness => ({
  part: name,
  ready: why === undefined,
  why: why ?? null,
})

function found<Status extends { readonly name: string }>(
  statuses: readonly Status[],
  name: string,
  troubles: (status: Status) => readonly { readonly text: string }[],
): string | undefined {
  const status = statuses.find((one) => one.name === name)
  return status === undefined ? NOT_OPEN : troubles(status)[0]?.text
}
