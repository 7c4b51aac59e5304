/** Throws if a claim does not hold that only a bug of ours can break. Other trouble has other forms: see `failure.ts`. */
export function assert(claim: boolean, meaning: string): asserts claim {
  if (!claim) throw new Error(`internal error: ${meaning}`)
}

/** Ends a `switch` over a union, so that the compiler reports a missing case. */
export function unreachable(node: never): never {
  throw new Error(`internal error: unexpected ${JSON.stringify(node)}`)
}
