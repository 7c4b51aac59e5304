/** What holds the sources of a topic back, so that memory stays bounded: the readers of the topic, then its space. */

/** What a source waits for: the bus to keep its lines, the readers of its topic, or room in its topic. */
export type WaitsFor = 'bus' | 'readers' | 'room'

export type Pressure = {
  /** Resolves when the readers are near and the topic has room. */
  keepUp(): Promise<void>
  /** What those wait for that wait in `keepUp`; undefined: nobody does. */
  waitsFor(): Exclude<WaitsFor, 'bus'> | undefined
}

/** The pressure on a topic; `readers` and `room` resolve when there is none of that kind. */
export function openPressure(readers: () => Promise<void>, room: () => Promise<void>): Pressure {
  const waiting = { readers: 0, room: 0 }
  const through = async (kind: keyof typeof waiting, wait: () => Promise<void>): Promise<void> => {
    waiting[kind]++
    try {
      await wait()
    } finally {
      waiting[kind]--
    }
  }
  return {
    async keepUp() {
      await through('readers', readers)
      await through('room', room)
    },
    waitsFor: () => (waiting.readers > 0 ? 'readers' : waiting.room > 0 ? 'room' : undefined),
  }
}
