/** A claim that only our own bug can break. Bad input and the world's troubles have other forms: see `failure.ts`. */
export function assert(claim: boolean, meaning: string): asserts claim {
  if (!claim) throw new Error(`internal error: ${meaning}`)
}

/** Ends a `switch` over a union: the compiler refuses it where a case is missing. */
export function unreachable(node: never): never {
  throw new Error(`internal error: unexpected ${JSON.stringify(node)}`)
}
