/** What the parts of `tailrace verify` share: its options, and what a comparison needs of its surroundings. */
import type { Failure } from '../../base/failure.ts'
import type { Duration } from '../../base/quantity.ts'
import type { FlinkGateway } from '../../client/flink/gateway.ts'
import type { WhichOptions } from '../option/pipeline.ts'
import type { SpanOptions } from '../option/span.ts'
import type { Verified } from './told.ts'

export type VerifyOptions = WhichOptions &
  SpanOptions & {
    readonly against: string
    readonly query: readonly string[]
    readonly lines?: string
    readonly offsets: readonly string[]
    readonly folder?: string
    readonly timeout: string
    readonly json?: boolean
    readonly format?: string
    readonly table: readonly string[]
    readonly timezone: string
  }

/** What a comparison needs of its surroundings. */
export type Verifying = {
  /** Opens the other engine; undefined: it cannot be asked, and why was said. `gateway`: Flink's, http://HOST:PORT, where the command line names none. */
  open(gateway?: string): Promise<Other | undefined>
  /** A folder for rows, which is removed at the end. */
  readonly folder: string
  readonly timeoutMs: Duration
  readonly signal: AbortSignal
  doing(what: string): void
  done(verified: Verified): void
  /** The other engine cannot be asked, or does not answer, about this. */
  cannot(what: string | undefined, failure: Failure): void
}

/** The other engine. */
export type Other = { readonly kind: 'flink'; readonly gateway: FlinkGateway } | { readonly kind: 'duckdb' }

/** The most rows of an answer: both are compared in memory. */
export const MOST_COMPARED = 1_000_000
