/**
 * The part of a checkpoint about a topic's dead letters. After a restart a sink may get rows again that it refused before
 * the checkpoint: their letters are in the topic already, so they count as letters that the run will meet again.
 */
import type { Checkpoint, DeadCheckpoint, SinkCheckpoint } from './checkpoint.ts'
import { identity } from './dead-letter.ts'

/** What the checkpoint keeps of the topic's dead letters; undefined where it has nothing of the topic. */
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

/** Whether the letter's sink is beyond the row, and so will not meet it again. */
function isPassed(letter: string, sinks: readonly (readonly [string, SinkCheckpoint])[]): boolean {
  const [, name, partition = '', offset] = /^sink (\S+) (\d+) (\d+) /.exec(letter) ?? []
  const place = sinks.find(([sink]) => sink === name)?.[1]
  return place !== undefined && Number(offset) < (place.offsets[Number(partition)] ?? 0)
}
