/**
 * Shows how a pipeline stands: once, or each second until Ctrl-C. On a terminal the picture is drawn in place; elsewhere one
 * follows the other, with an empty line between. Rates are the differences of two looks.
 */
import type { Command } from 'commander'
import { slept, systemClock } from '../../base/clock.ts'
import type { Duration } from '../../base/quantity.ts'
import { withRates } from '../../run/status/rates.ts'
import type { PartOfStatus, PipelineStatus } from '../../run/status/status.ts'
import type { PipelineLook } from '../option/look.ts'
import { openPictures } from './pictures.ts'
import type { Sheet } from './sheet.ts'

/** The time between two looks. */
const STEP_MS: Duration = 1000

export type ShowOptions = { readonly json?: boolean; readonly watch?: boolean }

export type Shown = {
  readonly look: PipelineLook
  /** For people. */
  sheet(status: PipelineStatus): Sheet
  /** For `--json`. */
  part(status: PipelineStatus): PipelineStatus | PartOfStatus
  /** Adds what costs more than a look. */
  more?(status: PipelineStatus): Promise<PipelineStatus>
  /** Whether a single picture has rates: it takes a second then. */
  readonly hasRates: boolean
  /** Whether there is nothing to show without the bus. */
  readonly needsBus: boolean
}

/** Adds the options that say how it is shown. */
export const showOptions = (command: Command): Command =>
  command
    .option('--json', 'print it as JSON, one object a line: tailrace schema status has its form')
    .option('--watch', 'look again each second, with rates, until Ctrl-C')

/** Shows it. Rejects with the Failure of a look. */
export async function show(shown: Shown, options: ShowOptions): Promise<void> {
  const { look, needsBus, hasRates } = shown
  const pictures = openPictures(process.stdout, process.env, options.watch === true)
  const print = async (status: PipelineStatus) => {
    const whole = (await shown.more?.(status)) ?? status
    if (options.json === true) process.stdout.write(`${JSON.stringify(shown.part(whole))}\n`)
    else pictures.show(shown.sheet(whole))
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
