/** The last numbers of a series, in a fixed amount of memory. NaN is a moment of which nothing is known. */

export type Ring = {
  push(value: number): void
  /** From the oldest to the newest. */
  values(): readonly number[]
}

export function createRing(capacity: number): Ring {
  const kept = new Float64Array(capacity)
  let count = 0
  return {
    push(value) {
      kept[count % capacity] = value
      count++
    },
    values() {
      const length = Math.min(count, capacity)
      return Array.from({ length }, (_, index) => kept[(count - length + index) % capacity] ?? Number.NaN)
    },
  }
}
