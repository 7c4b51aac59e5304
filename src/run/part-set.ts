/**
 * Parts of a run by name, all sources or all sinks, each with what it was made of. When the pipeline changes, those that
 * are made of the same go on untouched; the others are stopped, and let go of once their place is kept; then what is
 * missing is opened.
 */
import { isDeepStrictEqual } from 'node:util'

/** Something that is open. */
export type Part = {
  /** Works until it comes to its end, or is halted. */
  run(): Promise<void>
  /** Asks it to stop cleanly: what it has begun is done. */
  halt(): void
  /** Lets go of what it holds. */
  close(): Promise<void>
}

export type WantedPart<P extends Part> = {
  readonly name: string
  /** Two parts that are made of the same are the same. */
  readonly madeOf: readonly unknown[]
  open(): Promise<P>
}

export type PartSet<P extends Part> = {
  all(): readonly P[]
  /** What would become of the parts. */
  compare(wanted: readonly WantedPart<P>[]): PartChanges
  /** Halts those that are not wanted as they are; resolves when they have stopped. They are still there. */
  halt(wanted: readonly WantedPart<P>[]): Promise<void>
  /** Lets go of those that were halted, and says which they were. */
  drop(): Promise<readonly P[]>
  /** Opens those that are missing. */
  open(wanted: readonly WantedPart<P>[]): Promise<void>
  /** Lets those run that do not yet. */
  start(): void
  /** Resolves when all that fit have come to their end. */
  ended(fits?: (part: P) => boolean): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export type PartChanges = {
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly removed: readonly string[]
}

type Opened<P extends Part> = {
  readonly part: P
  readonly madeOf: readonly unknown[]
  isHalted: boolean
  running: Promise<void> | undefined
}

/** `fail` is told when a part fails; to the set it has come to its end. */
export function openPartSet<P extends Part>(fail: (error: unknown) => void): PartSet<P> {
  const opened = new Map<string, Opened<P>>()
  const isSame = (one: Opened<P> | undefined, { madeOf }: WantedPart<P>) =>
    one !== undefined && !one.isHalted && isDeepStrictEqual(one.madeOf, madeOf)
  const close = async (name: string, { part }: Opened<P>) => {
    opened.delete(name)
    await part.close()
  }
  return {
    all: () => [...opened.values()].map(({ part }) => part),
    compare(wanted) {
      const names = wanted.map(({ name }) => name)
      const isChanged = (one: WantedPart<P>) => opened.has(one.name) && !isSame(opened.get(one.name), one)
      return {
        added: names.filter((name) => !opened.has(name)),
        changed: wanted.filter(isChanged).map(({ name }) => name),
        removed: [...opened.keys()].filter((name) => !names.includes(name)),
      }
    },
    async halt(wanted) {
      const halted = [...opened].filter(([name, one]) => {
        const same = wanted.find((other) => other.name === name)
        return same === undefined || !isSame(one, same)
      })
      for (const [, one] of halted) {
        one.isHalted = true
        one.part.halt()
      }
      await Promise.all(halted.map(([, { running }]) => running))
    },
    async drop() {
      const halted = [...opened].filter(([, { isHalted }]) => isHalted)
      for (const [name, one] of halted) await close(name, one)
      return halted.map(([, { part }]) => part)
    },
    async open(wanted) {
      for (const { name, madeOf, open } of wanted) {
        if (!opened.has(name)) opened.set(name, { part: await open(), madeOf, isHalted: false, running: undefined })
      }
    },
    start() {
      for (const one of opened.values()) one.running ??= one.part.run().catch(fail)
    },
    async ended(fits = () => true) {
      await Promise.all([...opened.values()].map(({ part, running }) => (fits(part) ? running : undefined)))
    },
    async [Symbol.asyncDispose]() {
      // As they were opened, so the last goes first, and one that cannot be closed does not keep the others open.
      await using closing = new AsyncDisposableStack()
      for (const [name, one] of opened) closing.defer(() => close(name, one))
    },
  }
}
