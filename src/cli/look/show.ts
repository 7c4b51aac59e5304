/**
 * Shows how a pipeline stands: once, or each second until Ctrl-C. On a terminal the picture is drawn in place; elsewhere one
 * follows the other, with an empty line between. Rates are the differences of two looks.
 */
import type { Command } from 'commander'
import { slept, systemClock } from '../../base/clock.ts'
import type { Duration } from '../../base/quantity.ts'
import { withRates } from '../../run/status/rates.ts'
import type { PartOfStatus, PipelineStatus } from '../../run/status/status.ts'
import { openLook, type PipelineLook } from '../option/look.ts'
import { PIPELINE_ARGUMENT, type WhichOptions, whichOptions, withPipeline } from '../option/pipeline.ts'
import { openPictures } from './pictures.ts'
import type { Sheet } from './sheet.ts'

/** The time between two looks. */
const STEP_MS: Duration = 1000

export type ShowOptions = WhichOptions & {
  readonly json?: boolean
  readonly watch?: boolean
  /** Whether people see one line for each partition. */
  readonly partitions?: boolean
  /** Whether empty topics of dead letters and ticks are shown, too, and on a shared bus what others have there. */
  readonly all?: boolean
}

export type Shown = {
  /** For people. */
  sheet(status: PipelineStatus, options: ShowOptions): Sheet
  /** For people, with `--partitions`. */
  partitionsSheet?(status: PipelineStatus, options: ShowOptions): Sheet
  /** For `--json`. */
  part(status: PipelineStatus): PipelineStatus | PartOfStatus
  /** Adds what costs more than a look. */
  more?(status: PipelineStatus, look: PipelineLook): Promise<PipelineStatus>
  /** Whether a single picture has rates: it takes a second then. */
  readonly hasRates: boolean
  /** Whether there is nothing to show without the bus. */
  readonly needsBus: boolean
}

/** Adds the pipeline, and the options that say where it is and how it is shown. */
export const showOptions = (command: Command): Command =>
  whichOptions(command)
    .argument('[PIPELINE]', PIPELINE_ARGUMENT)
    .option('--json', 'print it as JSON, one object a line: tailrace schema status has its form')
    .option('--watch', 'look again each second, with rates, until Ctrl-C')

/** Shows the pipeline that is named. Rejects with the Failure of a look. */
export async function show(pipeline: string | undefined, options: ShowOptions, shown: Shown): Promise<void> {
  const { needsBus, hasRates } = shown
  const sheet = (options.partitions === true ? shown.partitionsSheet : undefined) ?? shown.sheet
  await using look = await openLook(withPipeline(pipeline, options), {
    all: options.all,
    needsBus,
  })
  const pictures = openPictures(process.stdout, process.env, options.watch === true)
  const print = async (status: PipelineStatus) => {
    const whole = (await shown.more?.(status, look)) ?? status
    if (options.json === true) process.stdout.write(`${JSON.stringify(shown.part(whole))}\n`)
    else pictures.show(sheet(whole, options))
  }
  const seen = async () => {
    const { status, busFailure } = await look.look()
    if (busFailure !== undefined && needsBus && options.watch !== true) throw busFailure
    return status
  }
  let before = await seen()
  if (options.watch !== true) {
    if (hasRates && before.process !== null) {
      await systemClock.sleep(STEP_MS)
      before = withRates(before, await seen())
    }
    await print(before)
    return
  }
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  await print(before)
  while (await slept(systemClock, STEP_MS, stop.signal)) {
    const now = await seen()
    await print(withRates(before, now))
    before = now
  }
  pictures.end()
}
