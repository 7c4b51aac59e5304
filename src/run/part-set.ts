/**
 * The open sources of a run, or its open sinks. When the pipeline changes, parts that are made of the same go on
 * untouched; the others are halted, and closed once their places are durable; then the missing ones are opened.
 */
import { isDeepStrictEqual } from 'node:util'

/** An open part. */
export type Part = {
  readonly name: string
  /** Works until its input ends, or it is halted. */
  run(): Promise<void>
  /** Asks it to stop cleanly: it finishes the work that it has begun. */
  halt(): void
  close(): Promise<void>
}

export type WantedPart<P extends Part> = {
  readonly name: string
  /** Parts with one name that are made of the same are the same. */
  readonly madeOf: readonly unknown[]
  open(): Promise<P>
}

export type PartSet<P extends Part> = {
  all(): readonly P[]
  /** The changes that would make the parts those that are wanted. */
  compare(wanted: readonly WantedPart<P>[]): PartChanges
  /** Halts parts that are not wanted as they are; resolves when they have stopped. They are still in the set. */
  halt(wanted: readonly WantedPart<P>[]): Promise<void>
  /** Closes the halted parts and returns them. */
  drop(): Promise<readonly P[]>
  /** Opens the missing parts. */
  open(wanted: readonly WantedPart<P>[]): Promise<void>
  /** Runs the parts that do not run yet. */
  start(): void
  /** Resolves when all parts that fit have ended. */
  ended(fits?: (part: P) => boolean): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Names, in the order of the pipelines. */
export type PartChanges = {
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly removed: readonly string[]
}

type Named = { readonly name: string }

/** The changes that make the parts `now` those of `next`; `differ` compares two with one name. */
export function compareParts<Now extends Named, Next extends Named>(
  now: readonly Now[],
  next: readonly Next[],
  differ: (one: Now, other: Next) => boolean,
): PartChanges {
  const before = new Map(now.map((one) => [one.name, one]))
  const isChanged = (one: Next, old = before.get(one.name)) => old !== undefined && differ(old, one)
  const names = next.map(({ name }) => name)
  return {
    added: names.filter((name) => !before.has(name)),
    changed: next.filter((one) => isChanged(one)).map(({ name }) => name),
    removed: [...before.keys()].filter((name) => !names.includes(name)),
  }
}

type Opened<P extends Part> = {
  readonly name: string
  readonly part: P
  readonly madeOf: readonly unknown[]
  isHalted: boolean
  running: Promise<void> | undefined
}

/** A set without parts. A part that fails has ended, and `fail` is called. */
export function openPartSet<P extends Part>(fail: (error: unknown) => void): PartSet<P> {
  let opened: readonly Opened<P>[] = []
  const differ = (one: Opened<P>, { madeOf }: WantedPart<P>) => one.isHalted || !isDeepStrictEqual(one.madeOf, madeOf)
  const close = async (closed: Opened<P>) => {
    opened = opened.filter((one) => one !== closed)
    await closed.part.close()
  }
  return {
    all: () => opened.map(({ part }) => part),
    compare: (wanted) => compareParts(opened, wanted, differ),
    async halt(wanted) {
      const halted = opened.filter((one) => wanted.every((other) => other.name !== one.name || differ(one, other)))
      for (const one of halted) {
        one.isHalted = true
        one.part.halt()
      }
      await Promise.all(halted.map(({ running }) => running))
    },
    async drop() {
      const halted = opened.filter(({ isHalted }) => isHalted)
      for (const one of halted) await close(one)
      return halted.map(({ part }) => part)
    },
    async open(wanted) {
      for (const { name, madeOf, open } of wanted) {
        if (opened.some((one) => one.name === name)) continue
        opened = [...opened, { name, part: await open(), madeOf, isHalted: false, running: undefined }]
      }
    },
    start() {
      for (const one of opened) one.running ??= one.part.run().catch(fail)
    },
    async ended(fits = () => true) {
      await Promise.all(opened.map(({ part, running }) => (fits(part) ? running : undefined)))
    },
    async [Symbol.asyncDispose]() {
      // The last that was opened is closed first, and one that cannot be closed does not keep the others open.
      await using closing = new AsyncDisposableStack()
      for (const one of opened) closing.defer(() => close(one))
    },
  }
}
