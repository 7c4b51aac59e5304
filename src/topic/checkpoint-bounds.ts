/**
 * A checkpoint names only records that were durable before it. So where it points beyond the end of a topic, it belongs to
 * another data folder, or the topic has lost its end: going on would skip records, or drop rows as repeated.
 */
import { entryOf } from '../base/entry.ts'
import { Failure } from '../base/failure.ts'
import type { Offsets } from '../bus/bus.ts'
import type { Checkpoint } from './checkpoint.ts'

/** The ends of the partitions of a topic, given its name in the pipeline; undefined where they are not known. */
export type EndsOf = (topic: string) => readonly (number | undefined)[] | undefined

/** What the bus calls a topic of the pipeline, or the topic of its dead letters. */
export function busNameOf(name: string, { topics }: Pick<Checkpoint, 'topics'>): string {
  if (name.endsWith('.dead')) return `${busNameOf(name.slice(0, -'.dead'.length), { topics })}.dead`
  return entryOf(topics, name) ?? name
}

/** The places of a checkpoint that lie beyond the ends of their topics, in words. */
export function beyondEnd({ queries, sinks, dead }: Checkpoint, endsOf: EndsOf): readonly string[] {
  const beyond = (who: string, topic: string, offsets: Offsets): readonly string[] =>
    Object.entries(offsets).flatMap(([partition, offset]) => {
      const end = endsOf(topic)?.[Number(partition)]
      return end === undefined || offset <= end
        ? []
        : [`${who} is at offset ${offset} of ${topic}, partition ${partition}, beyond its end, ${end}`]
    })
  return [
    ...Object.entries(queries).flatMap(([name, { offsets, emitted }]) => [
      ...Object.entries(offsets).flatMap(([topic, places]) => beyond(`query ${name}`, topic, places)),
      ...beyond(`query ${name}`, name, emitted),
    ]),
    ...Object.entries(sinks).flatMap(([name, { from, offsets }]) => beyond(`sink ${name}`, from, offsets)),
    ...Object.entries(dead).flatMap(([topic, { ends, decodedTo }]) => [
      ...beyond('the count of dead letters', `${topic}.dead`, ends),
      ...beyond('the count of dead letters', topic, decodedTo),
    ]),
  ]
}

/**
 * Throws a Failure 'corrupt' where a checkpoint does not belong to these topics. The places of queries that start anew do
 * not matter.
 */
export function checkBounds(
  checkpoint: Checkpoint,
  endsOf: EndsOf,
  { dataFolder, reset }: { readonly dataFolder: string; readonly reset: ReadonlyMap<string, unknown> },
): void {
  const goingOn = Object.entries(checkpoint.queries).filter(([name]) => !reset.has(name))
  const [first] = beyondEnd({ ...checkpoint, queries: Object.fromEntries(goingOn) }, endsOf)
  if (first === undefined) return
  throw new Failure('corrupt', `the checkpoint in ${dataFolder} does not belong to its topics: ${first}`, {
    hint:
      'Two data folders were mixed, one was copied while tailrace ran, or a disk lost what it had synced.\n' +
      'Put back a copy that was made while tailrace was stopped; tailrace fsck tells all that does not fit.',
  })
}
