/**
 * Watches what a query holds while it runs. At its limit the run ends: the last checkpoint is of a time when it held less,
 * so the next run, with a higher limit or on a larger machine, goes on from there and nothing is lost.
 */
import { type Held, refuseBeyond } from '../engine/held.ts'

/** Looking costs some microseconds: nothing beside so many rows, and so many add little. */
const ROWS_BETWEEN = 4096

export type StateWatch = {
  /** Told after rows were pushed. Throws a Failure at the limit. */
  pushed(rows: number): void
  /** Bytes held now, and the most that were seen. */
  bytes(): { readonly now: number; readonly most: number }
  readonly limit: number
}

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
fewer groups, a shorter delay of the watermark. Its last checkpoint is kept: the next run goes on from there.`,
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
