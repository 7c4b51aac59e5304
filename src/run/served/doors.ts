/** The doors of a run: the control socket for other processes of this user, and the server of `--listen`. */
import type { Parts } from '../parts.ts'
import type { ServedOptions } from './served-options.ts'
import type { ServedRun } from './served-run.ts'

/** What the run itself says. */
type Surroundings = Pick<ServedRun, 'pipeline' | 'clock' | 'status' | 'commands'>

export type Doors = AsyncDisposable & {
  /** Disposed of while the parts can still be asked: see `Served.ending`. */
  untilParts(): AsyncDisposable
}

/** Opens the doors that the options ask for, before anything else of the run: what is still starting can be asked as well. */
export async function openDoors(
  { control, serve, dataFolder, warn }: ServedOptions,
  parts: () => Parts | undefined,
  surroundings: Surroundings,
): Promise<Doors> {
  await using opening = new AsyncDisposableStack()
  const commands = { ...surroundings.commands, ...control?.commands }
  if (control !== undefined) opening.use(await control.open(dataFolder, commands, warn))
  const served = await serve?.(servedRun(parts, { ...surroundings, commands }))
  if (served !== undefined) opening.use(served)
  const opened = opening.move()
  return {
    untilParts: () => ({
      async [Symbol.asyncDispose]() {
        await served?.ending?.()
      },
    }),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  }
}

/** The run of parts, which are undefined until the bus is open. */
function servedRun(parts: () => Parts | undefined, surroundings: Surroundings): ServedRun {
  return {
    ...surroundings,
    // The masks of the run are put over it, as over all that leaves a run.
    mask: (text) => text,
    parts,
    declared() {
      const { pipeline } = parts() ?? {}
      if (pipeline === undefined) return undefined
      const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name)
      return { sources: names(pipeline.sources), queries: names(pipeline.queries), sinks: names(pipeline.sinks) }
    },
    measures() {
      const { pipeline, sinks, tallies } = parts() ?? {}
      return {
        timezone: pipeline?.timezone ?? 'UTC',
        sinkWrites: new Map(sinks?.all().map(({ name, loop }) => [name, loop.times()])),
        latency: new Map([...(tallies ?? [])].map(([name, { latency }]) => [name, latency.seconds()])),
      }
    },
    async look() {
      const topics = surroundings.status().topics.map(({ name }) => name)
      return parts()?.context.bus.look({ topics })
    },
  }
}
