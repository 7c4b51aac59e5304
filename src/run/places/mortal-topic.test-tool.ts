/** A topic and its journals that die at any append or step, as a process does that is killed. */
import { setImmediate } from 'node:timers/promises'
import { systemClock } from '../../base/clock.ts'
import { nodeDisk } from '../../base/disk/node-disk.ts'
import { seededRandom } from '../../base/random.ts'
import type { Append, Position } from '../../bus/bus.ts'
import { recordText } from '../../record/records.ts'
import type { FilledTopic } from '../topic-writer.ts'
import type { JournalPlace } from './source-places.ts'

export const PARTITIONS = 3
export const KILLED: Error = new Error('killed')

type Kept = { readonly lines: readonly string[]; readonly position: Position | undefined }

/** A topic whose appends become durable one by one, a partition chosen by chance, until it is killed. */
export class MortalTopic {
  readonly durable: Kept[][] = Array.from({ length: PARTITIONS }, () => [])
  readonly sizes: number[] = []
  #pending: { readonly kept: Kept; resolve(offset: number): void; reject(error: Error): void }[][] = []
  #left = 0
  #isDead = false
  readonly #random = seededRandom(5)

  /** A new life that ends after `appends` of them have become durable. */
  live(appends: number): FilledTopic {
    this.#pending = Array.from({ length: PARTITIONS }, () => [])
    this.#left = appends
    this.#isDead = false
    return {
      partitions: PARTITIONS,
      maxAppendBytes: Number.POSITIVE_INFINITY,
      position: async () => this.durable.map((kept) => kept.at(-1)?.position),
      append: (partition, append) => this.#append(partition, append),
    }
  }

  /** Loses the appends that are not durable yet. */
  die(): void {
    this.#isDead = true
    for (const { reject } of this.#pending.flat()) reject(KILLED)
    this.#pending = []
  }

  lines(partition: number): readonly string[] {
    return this.durable[partition]?.flatMap(({ lines }) => lines) ?? []
  }

  #append(partition: number, { values, position }: Append): Promise<number> {
    if (this.#isDead) return Promise.reject(KILLED)
    const lines = Array.from({ length: values.count }, (_, i) => recordText(values, i))
    const text = JSON.stringify(position?.at)
    this.sizes.push(text.length)
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    this.#pending[partition]?.push({ kept: { lines, position: JSON.parse(text) }, resolve, reject })
    void this.#settleOne()
    return promise
  }

  async #settleOne(): Promise<void> {
    for (let turns = this.#random.next() * 1000; turns > 0; turns--) await setImmediate()
    const waiting = this.#pending.flatMap((some, partition) => (some.length > 0 ? [partition] : []))
    const partition = waiting[Math.floor(this.#random.next() * waiting.length)]
    const one = partition === undefined ? undefined : this.#pending[partition]?.shift()
    if (partition === undefined || one === undefined) return
    this.durable[partition]?.push(one.kept)
    one.resolve(0)
    if (--this.#left === 0) this.die()
  }
}

/** A step of a journal at which the process is killed: before it is written, or behind it. */
export type StepKill = { readonly step: number; readonly isWritten: boolean } | undefined

/** Journals of which a step kills the process. */
export function journals(folder: string, kill: StepKill, topic: MortalTopic): JournalPlace {
  let steps = 0
  return {
    disk: nodeDisk,
    folder,
    clock: systemClock,
    fullDisk: {
      async whenRoom(work) {
        const isKill = ++steps === kill?.step
        if (!isKill) return work()
        // What is not durable by now is lost, though the step may be kept.
        topic.die()
        if (kill?.isWritten) await work()
        throw KILLED
      },
    },
  }
}
