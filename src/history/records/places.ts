/** Places in the partitions of a topic as one text, for addresses and for clients that go on behind what they have: `0:12,3:40`. */
import type { Offset } from '../../base/quantity.ts'
import type { Offsets } from '../../bus/bus.ts'

const PLACE = /^(\d{1,5}):(\d{1,15})$/

/** The text of places, in the order of the partitions. */
export const placesText = (places: Offsets): string =>
  Object.entries(places)
    .map(([partition, offset]) => `${partition}:${offset}`)
    .join(',')

/** The places that a text names; undefined where it names none. */
export function placesInText(text: string): Offsets | undefined {
  const places: { [partition: number]: Offset } = {}
  for (const one of text.split(',')) {
    const [, partition, offset] = PLACE.exec(one) ?? []
    if (partition === undefined) return undefined
    places[Number(partition)] = Number(offset)
  }
  return places
}
