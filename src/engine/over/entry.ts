/** Single entries of `Entries`, which are otherwise handled in ranges. */
import { type Entries, type Layout, makeEntries, pickEntries } from '../aggregate/entries.ts'

/** Puts the state of an entry in the place of another. */
export function copyEntry(to: Entries, at: number, from: Entries, entry: number): void {
  for (let lane = 0; lane < to.lanes.length; lane++) {
    ;(to.lanes[lane] as Float64Array)[at] = (from.lanes[lane] as Float64Array)[entry] as number
  }
  for (let index = 0; index < to.extras.length; index++) {
    const target = to.extras[index] as Entries['extras'][number]
    const value = from.extras[index]?.[entry]
    if (value === undefined && target.length <= at) continue
    while (target.length < at) target.push(undefined)
    target[at] = value
  }
}

/** Makes an entry one without rows. */
export function resetEntry({ lanes, extras }: Entries, { initial }: Layout, at: number): void {
  for (let lane = 0; lane < initial.length; lane++) (lanes[lane] as Float64Array)[at] = initial[lane] as number
  for (const extra of extras) if (extra.length > at) extra[at] = undefined
}

/** Entries of their own: those at `kept`, in that order. */
export function pickedEntries(from: Entries, layout: Layout, kept: Int32Array): Entries {
  const to = makeEntries(layout, kept.length)
  pickEntries(to, layout, from, kept, kept.length)
  return to
}

/** The numbers below `size` that are marked, and what each of these is called when the others are gone. */
export function keptOf(marks: Uint8Array, size: number): { readonly kept: Int32Array; readonly renamed: Int32Array } {
  const kept = new Int32Array(size)
  const renamed = new Int32Array(size)
  let count = 0
  for (let number = 0; number < size; number++) {
    if (marks[number] !== 1) continue
    renamed[number] = count
    kept[count++] = number
  }
  return { kept: kept.slice(0, count), renamed }
}
