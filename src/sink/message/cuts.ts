/**
 * Where the batches of a sink were cut, so that a batch which comes again after a crash is the same batch, with the same id: how
 * much waits for a sink after a restart is more than before it. A cut is durable before the batch is sent.
 *
 *   SCRATCH/cuts   a journal of steps (`data/step-journal.ts`): {"step":1,"whole":[[0,0,37]]}, {"step":2,"cut":[0,37,80]},
 *                  {"step":3,"refused":[0,37,80]}; each is [partition, from, to), offsets of records
 *
 * A batch that was refused as a whole is no cut any more: its halves are. What was sent by this run is also kept in memory, as a
 * delivery whose other part was refused comes again in halves.
 */
import { join } from 'node:path'
import type { Disk } from '../../base/disk/disk.ts'
import type { Offset } from '../../base/quantity.ts'
import { type Numbered, readSteps, StepWriter } from '../../data/step-journal.ts'

type Cut = readonly [partition: number, from: Offset, to: Offset]
type Step = Numbered & { readonly whole?: readonly Cut[]; readonly cut?: Cut; readonly refused?: Cut }

export type BatchPart = { readonly from: Offset; readonly to: Offset }

export type Cuts = {
  /** The parts of the offsets [from, to) that are not sent yet, in order, each of which is a batch. */
  parts(partition: number, from: Offset, to: Offset): readonly BatchPart[]
  /** Makes it durable that these offsets are a batch. Rejects with a Failure. */
  note(partition: number, part: BatchPart): Promise<void>
  /** The batch was taken; `refused` rows of it, by their offsets, were not. */
  sent(partition: number, part: BatchPart, refused: ReadonlyMap<Offset, string>): void
  /** The batch was refused as a whole. Rejects with a Failure. */
  refused(partition: number, part: BatchPart): Promise<void>
  /** The reasons of refused rows of batches that were sent, among the offsets [from, to). */
  refusedIn(partition: number, from: Offset, to: Offset): ReadonlyMap<Offset, string>
  /** A checkpoint is made: what the one before it has is not asked for again. */
  checkpoint(): void
}

type Sent = BatchPart & { readonly refused: ReadonlyMap<Offset, string> }

/** What is known of one partition. */
type Known = {
  cuts: BatchPart[]
  sent: Sent[]
  /** Where the last delivery began, at the checkpoint before the last, at the last, and now. */
  begins: readonly [Offset, Offset, Offset]
}

/** Opens the cuts in the folder of a sink. Throws a Failure 'corrupt' where they are damaged. */
export function openCuts(disk: Disk, scratch: string): Cuts {
  const path = join(scratch, 'cuts')
  const known = new Map<number, Known>()
  const of = (partition: number): Known => {
    const found = known.get(partition) ?? { cuts: [], sent: [], begins: [0, 0, 0] }
    known.set(partition, found)
    return found
  }
  const add = ([partition, from, to]: Cut) => void of(partition).cuts.push({ from, to })
  const remove = ([partition, from, to]: Cut) => {
    const one = of(partition)
    one.cuts = one.cuts.filter((cut) => cut.from !== from || cut.to !== to)
  }
  let step = 0
  for (const { whole, cut, refused, ...about } of readSteps<Step>(disk, path) ?? []) {
    step = about.step
    if (whole !== undefined) {
      known.clear()
      whole.forEach(add)
    }
    if (cut !== undefined) add(cut)
    if (refused !== undefined) remove(refused)
  }
  const journal = new StepWriter<Step>(disk, path, { bytes: 64 << 10, times: 2 })
  const whole = (): readonly Cut[] =>
    [...known].flatMap(([partition, { cuts, begins }]) =>
      cuts.filter(({ to }) => to > begins[0]).map(({ from, to }): Cut => [partition, from, to]),
    )
  let writing: Promise<unknown> = Promise.resolve()
  const write = (what: Omit<Step, 'step'>): Promise<void> => {
    // One after the other, and one that failed holds back no other.
    const next = writing.then(async () => {
      step++
      if (journal.isLong) await journal.begin({ step, whole: whole() })
      else await journal.add({ step, ...what })
    })
    writing = next.catch(() => void step--)
    return next
  }
  return {
    parts(partition, from, to) {
      const one = of(partition)
      one.begins = [one.begins[0], one.begins[1], from]
      one.cuts = one.cuts.filter((cut) => cut.to > Math.min(one.begins[0], from))
      one.sent = one.sent.filter((part) => part.to > from)
      return partsOf(one, from, to)
    },
    async note(partition, { from, to }) {
      if (of(partition).cuts.some((cut) => cut.from === from && cut.to === to)) return
      add([partition, from, to])
      await write({ cut: [partition, from, to] })
    },
    sent: (partition, part, refused) => void of(partition).sent.push({ ...part, refused }),
    async refused(partition, { from, to }) {
      remove([partition, from, to])
      await write({ refused: [partition, from, to] })
    },
    refusedIn: (partition, from, to) =>
      new Map(
        of(partition)
          .sent.flatMap(({ refused }) => [...refused])
          .filter(([offset]) => offset >= from && offset < to),
      ),
    checkpoint() {
      for (const one of known.values()) one.begins = [one.begins[1], one.begins[2], one.begins[2]]
    },
  }
}

function partsOf({ cuts, sent }: Known, from: Offset, to: Offset): readonly BatchPart[] {
  const parts: BatchPart[] = []
  for (let at = from; at < to; ) {
    const done = sent.find((part) => part.from <= at && part.to > at)
    if (done !== undefined) {
      at = done.to
      continue
    }
    const same = cuts.filter((cut) => cut.from === at && cut.to <= to).map((cut) => cut.to)
    const next = [...cuts, ...sent].map((part) => part.from).filter((start) => start > at && start < to)
    const end = same.length > 0 ? Math.max(...same) : Math.min(to, ...next)
    parts.push({ from: at, to: end })
    at = end
  }
  return parts
}
