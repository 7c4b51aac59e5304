/**
 * What a checkpoint says of a topic's dead letters. A sink may be given again what it refused before: at or behind its
 * place lie rows whose letters were written before the letters were cut; they are to be met again, as those behind the cut.
 */
import type { Checkpoint, DeadCheckpoint, SinkCheckpoint } from './checkpoint.ts'
import { identity } from './dead-letter.ts'

export function deadBefore({ dead, sinks }: Checkpoint, topic: string): DeadCheckpoint | undefined {
  const before = dead[topic]
  if (before === undefined) return undefined
  const mine = Object.entries(sinks).filter(([, { from }]) => from === topic)
  const unmet = new Map(Object.entries(before.unmet ?? {}).filter(([letter]) => !isPassed(letter, mine)))
  for (const [sink, { refused = {} }] of mine) {
    for (const [partition, offsets] of Object.entries(refused)) {
      for (const offset of offsets) {
        unmet.set(identity({ kind: 'sink', sink, partition: Number(partition), offset, reason: '' }), 1)
      }
    }
  }
  return { ...before, unmet: Object.fromEntries(unmet) }
}

/** Whether its sink is beyond the row, and so will not meet it again. */
function isPassed(letter: string, sinks: readonly (readonly [string, SinkCheckpoint])[]): boolean {
  const [, name, partition = '', offset] = /^sink (\S+) (\d+) (\d+) /.exec(letter) ?? []
  const place = sinks.find(([sink]) => sink === name)?.[1]
  return place !== undefined && Number(offset) < (place.offsets[Number(partition)] ?? 0)
}
