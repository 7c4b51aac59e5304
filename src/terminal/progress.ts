/** A progress bar, where a person sees it. */
import type { Clock } from '../base/clock.ts'
import { roundSpan } from '../base/units.ts'
import { canRedraw, type OutputStream } from './colour.ts'
import { openShownLine } from './shown-line.ts'

export type Progress = {
  /** Shows how much is done, in the unit of the total. Calls that come too soon after a drawing cost nothing. */
  update(done: number): void
  /** Takes the bar away, so that the next text starts on a clean line. A later update shows it again below that. */
  end(): void
}

export type ProgressOptions = {
  /** "reading access.log" */
  readonly label: string
  /** undefined: not known, and the amount is shown alone. */
  readonly total: number | undefined
  /** An amount as text: "12.3 MiB" of a number of bytes. */
  readonly show: (amount: number) => string
  /** A terminal that calls itself dumb shows no bar. */
  readonly environment: NodeJS.ProcessEnv
}

const REDRAW_MS = 100
/** Characters of the bar, without its brackets. */
const BAR = 24

/** A bar on the stream where that is a terminal; otherwise nothing. Work shorter than `REDRAW_MS` shows none. */
export function openProgress(stream: OutputStream, clock: Clock, options: ProgressOptions): Progress {
  const { label, total, show, environment } = options
  if (!canRedraw(stream, environment)) return { update() {}, end() {} }
  const started = clock.elapsed()
  const shown = openShownLine(stream, environment)
  let drawn = started
  return {
    update(done) {
      const now = clock.elapsed()
      if (now - drawn < REDRAW_MS) return
      drawn = now
      const perSecond = (done / (now - started)) * 1000
      const rate = `${show(perSecond)}/s`
      const line =
        total === undefined || total <= 0
          ? `${label}: ${show(done)}, ${rate}`
          : `${label} ${bar(done / total)} ${percent(done / total)} of ${show(total)}, ${rate}${left(total - done, perSecond)}`
      shown.show(line)
    },
    end: shown.end,
  }
}

function bar(share: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * BAR)
  return `[${'='.repeat(full)}${' '.repeat(BAR - full)}]`
}

const percent = (share: number): string => `${Math.floor(Math.min(1, Math.max(0, share)) * 100)} %`

/** How long it will go on at this rate. */
const left = (amount: number, perSecond: number): string =>
  amount <= 0 || perSecond <= 0 ? '' : `, ${roundSpan(Math.max(1000, (amount / perSecond) * 1000))} left`
