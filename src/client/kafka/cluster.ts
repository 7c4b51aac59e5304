/**
 * A Kafka cluster: its brokers, which of them leads which partition, and links to them. What it knows is as old as the last
 * `refresh`; a request that finds it stale asks for one and tries again.
 */
import type { Clock } from '../../base/clock.ts'
import { Failure } from '../../base/failure.ts'
import type { Random } from '../../base/random.ts'
import { openPatiences, type Patience, type Patiences } from '../patience.ts'
import { type BrokerOptions, type Brokers, isUnknownHost, openBrokers } from './brokers.ts'
import { type ClusterState, openClusterState } from './cluster-state.ts'

export type ClusterOptions = BrokerOptions & {
  readonly random: Random
  /** How long a broker is looked for when the cluster is opened, in ms. */
  readonly openMs: number
  /** How long a request is tried again after that; Infinity: until the client is closed. */
  readonly persistMs: number
  warn(message: string): void
}

export type Cluster = Pick<ClusterState, 'controller' | 'describe' | 'refresh'> &
  Pick<Brokers, 'link' | 'any'> & {
    readonly id: string
    readonly closed: AbortSignal
    readonly clock: Clock
    warn(message: string): void
    brokers: Brokers['known']
    /** Tries again while the Failure is retryable, with pauses, for some time. */
    persist<Answer>(attempt: () => Promise<Answer>): Promise<Answer>
    patience(): Patience
    /** What is waited for at present, in words. */
    troubles(): readonly string[]
    close(): void
  }

/** Opens a cluster: at least one broker has answered. Rejects with a Failure where none does, or refuses this client. */
export async function openCluster(options: ClusterOptions): Promise<Cluster> {
  const closing = new AbortController()
  const { clock, random, warn, giveUp } = options
  const closed = closing.signal
  const patiences = openPatiences({ clock, random, closed, giveUp, warn })
  const brokers = openBrokers(options)
  const close = () => {
    closing.abort()
    brokers.close()
  }
  try {
    const state = openClusterState(brokers)
    await persistently(patiences, options.openMs, () => state.begin(options.brokers).catch(refuseUnknownHost))
    return {
      id: state.id(),
      closed,
      clock,
      warn,
      brokers: brokers.known,
      controller: state.controller,
      describe: state.describe,
      refresh: state.refresh,
      link: brokers.link,
      any: brokers.any,
      persist: (attempt) => persistently(patiences, options.persistMs, attempt),
      patience: patiences.open,
      troubles: patiences.troubles,
      close,
    }
  } catch (error) {
    close()
    throw error
  }
}

/** A name that nobody knows is a mistake at the start; later it may be known again. */
function refuseUnknownHost(error: unknown): never {
  if (!isUnknownHost(error)) throw error
  throw new Failure(error.code, error.message, { hint: error.hint, cause: error.cause })
}

/** Tries again while the Failure is retryable, for this time. */
async function persistently<Answer>(
  patiences: Patiences,
  persistMs: number,
  attempt: () => Promise<Answer>,
): Promise<Answer> {
  const patience = patiences.open()
  for (;;) {
    try {
      const answer = await attempt()
      patience.over()
      return answer
    } catch (error) {
      const isHopeless = !(error instanceof Failure) || !error.retryable || patience.lasts() >= persistMs
      if (!isHopeless && (await patience.pause(error))) continue
      patience.end()
      throw error
    }
  }
}
