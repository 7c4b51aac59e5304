/**
 * No text that leaves a run shows a value that the pipeline file takes from the environment: neither what it says, nor what
 * it answers to other processes, nor what it ends with.
 *
 * From the beginning of a reload on, the values of both pipelines are hidden, as parts of both may be at work; and after it
 * as well, as what was said of the old parts may still be shown.
 */
import { Failure, reworded } from '../base/failure.ts'
import type { CheckedPipeline } from '../pipeline/checked.ts'
import type { ControlCommands } from './control/socket.ts'
import type { ControlOptions, LoadPipeline } from './run-options.ts'
import type { Serve, ServedOptions } from './served/served-options.ts'

type Mask = CheckedPipeline['mask']

/** Pipelines whose values are hidden besides: as many as peers that may ask for a reload at once. */
const MAX_OTHERS = 16

export type Masks = {
  readonly mask: Mask
  /** Does the work. A Failure is reworded. */
  inFailures<Result>(work: () => Result | Promise<Result>): Promise<Result>
  /** Does a reload to the pipeline that `load` gives `work`: once it is loaded, its values are hidden, too. */
  reloading<Result>(load: LoadPipeline, work: (load: LoadPipeline) => Promise<Result>): Promise<Result>
}

/** The masks of a run that begins with this pipeline. */
export function openMasks(pipeline: Pick<CheckedPipeline, 'mask'>): Masks {
  let now: Mask = pipeline.mask
  let others: readonly Mask[] = []
  const keep = (mask: Mask) => {
    others = [...others, mask].slice(-MAX_OTHERS)
  }
  const mask: Mask = (text) => others.reduceRight((masked, other) => other(masked), now(text))
  const inFailures: Masks['inFailures'] = async (work) => {
    try {
      return await work()
    } catch (error) {
      throw error instanceof Failure ? reworded(error, mask) : error
    }
  }
  return {
    mask,
    inFailures,
    reloading: (load, work) =>
      inFailures(async () => {
        let next: Mask | undefined
        const result = await work(async () => {
          const loaded = await load()
          next = loaded.mask
          keep(next)
          return loaded
        })
        keep(now)
        now = next ?? now
        return result
      }),
  }
}

/** The options of a run, with all that leaves it masked but the texts of its status: for those there is `mask`. */
export type MaskedOptions = ServedOptions & { readonly mask: Mask }

/** Masks the options of a run. */
export function maskedOptions(options: ServedOptions, masks: Masks): MaskedOptions {
  const { mask } = masks
  return {
    ...options,
    mask,
    ...(options.control === undefined ? {} : { control: maskedControl(options.control, masks) }),
    ...(options.serve === undefined ? {} : { serve: maskedServe(options.serve, masks) }),
    warn: (message) => options.warn(mask(message)),
    unusable: (failures) => options.unusable?.(failures.map((failure) => reworded(failure, mask))),
    note: (message) => options.note?.(mask(message)),
    started: (sources, reload) =>
      options.started(sources.map(mask), (load) =>
        masks.reloading(load, async (masked) => (await reload(masked)).map(mask)),
      ),
  }
}

const maskedControl = (control: ControlOptions, masks: Masks): ControlOptions => ({
  ...control,
  open: (dataFolder, commands, warn) => control.open(dataFolder, maskedCommands(commands, masks), warn),
})

/** Texts of its own, which only the server makes, it masks itself. */
const maskedServe =
  (serve: Serve, masks: Masks): Serve =>
  (run) =>
    serve({
      ...run,
      mask: masks.mask,
      commands: maskedCommands(run.commands, masks),
      look: () => masks.inFailures(() => run.look()),
    })

const maskedCommands = (commands: ControlCommands, { inFailures }: Masks): ControlCommands =>
  Object.fromEntries(
    Object.entries(commands).map(([name, command]) => [name, (request) => inFailures(() => command(request))]),
  )
