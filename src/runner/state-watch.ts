/**
 * Watches the size of a query's state while it runs. At its limit the run ends: at the last checkpoint the state was
 * smaller, so the next run, with a higher limit or on a larger machine, goes on from there and nothing is lost.
 */
import { type Held, refuseBeyond } from '../engine/held.ts'

/** Rows between two looks. A look takes some microseconds, little beside the work on these rows, which add little state. */
const ROWS_BETWEEN = 4096

export type StateWatch = {
  /** Called after rows were pushed. Throws a Failure ('limit') beyond the limit. */
  pushed(rows: number): void
  /** Bytes held now, and the most that were seen. */
  bytes(): { readonly now: number; readonly most: number }
  /** In bytes. */
  readonly limit: number
}

/** Watches the state of a query, with a limit in bytes. Throws a Failure ('limit') where it is beyond the limit already. */
export function watchState(query: string, held: Held, limit: number): StateWatch {
  let since = 0
  let most = 0
  const look = () => {
    since = 0
    const now = held.bytes()
    most = Math.max(most, now)
    return now
  }
  const refuse = () =>
    refuseBeyond(limit, held, {
      what: `query "${query}"`,
      hint: `Let it have more (state: { limit: … } of the query, or limits: { state: … } for all), or let it hold less: smaller windows,
fewer groups, keys for a shorter time (state: { ttl: … }), a shorter delay of the watermark. Its last checkpoint is kept: the next run goes on from there.`,
    })
  look()
  refuse()
  return {
    pushed(rows) {
      since += rows
      if (since >= ROWS_BETWEEN && look() > limit) refuse()
    },
    bytes: () => ({ now: look(), most }),
    limit,
  }
}
