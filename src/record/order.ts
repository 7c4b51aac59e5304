/** The order of values that sort: total, where `<` alone is not. */

/** Below zero if `a` comes first, as by Java's Double.compare: -0 before 0, NaN last. */
export function compareDoubles(a: number, b: number): number {
  if (a < b) return -1
  if (a > b) return 1
  if (a === b) return a !== 0 ? 0 : Object.is(a, b) ? 0 : Object.is(a, -0) ? -1 : 1
  return Number.isNaN(a) ? (Number.isNaN(b) ? 0 : 1) : -1
}
