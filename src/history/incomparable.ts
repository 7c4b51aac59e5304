/** Which queries can be compared with a span, and so be repaired. */
import type { CheckedQuery } from '../pipeline/checked.ts'

/** Why the rows of a query cannot be compared with those of a span; undefined where they can. */
export function incomparable({ name, query }: CheckedQuery): string | undefined {
  const window = query.plan.fields.some(({ window }) => window === 'start' || window === 'end')
  return window
    ? undefined
    : `rows of query "${name}" do not say which window they are of: select window_start or window_end`
}
