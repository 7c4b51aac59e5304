/**
 * How tailrace looks in a terminal: colour and a progress bar, each only where a person sees it. Redirected output has
 * neither, and NO_COLOR (https://no-color.org) takes the colour away everywhere.
 */
import type { Clock } from '../base/clock.ts'

export type OutputStream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number }

export type Environment = { readonly [name: string]: string | undefined }

export type Colours = { readonly [colour in keyof typeof CODES]: (text: string) => string }

const CODES = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39], cyan: [36, 39] } as const

export function hasColour(stream: OutputStream, environment: Environment): boolean {
  if (environment.NO_COLOR !== undefined && environment.NO_COLOR !== '') return false
  if (environment.FORCE_COLOR !== undefined && environment.FORCE_COLOR !== '0') return true
  return stream.isTTY === true && environment.TERM !== 'dumb'
}

export function coloursOf(stream: OutputStream, environment: Environment): Colours {
  const colour = hasColour(stream, environment)
  return Object.fromEntries(
    Object.entries(CODES).map(([name, [on, off]]) => [
      name,
      (text: string) => (colour ? `\x1b[${on}m${text}\x1b[${off}m` : text),
    ]),
  ) as Colours
}

export type Progress = {
  /** Tells how much is done, in the unit of the total; may be called as often as one likes. */
  update(done: number): void
  /** Takes the bar away: what is written next starts on a clean line. */
  end(): void
}

export type ProgressOptions = {
  /** "reading access.log" */
  readonly label: string
  /** undefined where nobody knows: then the amount is shown alone. */
  readonly total: number | undefined
  /** "12.3 MiB" of a number of bytes. */
  readonly show: (amount: number) => string
}

const REDRAW_MS = 100
const BAR = 24

/** A bar on standard error, when that is a terminal; otherwise nothing. Work shorter than a moment shows none. */
export function openProgress(stream: OutputStream, clock: Clock, { label, total, show }: ProgressOptions): Progress {
  if (stream.isTTY !== true) return { update() {}, end() {} }
  const started = clock.elapsed()
  let drawn = started
  let shown = false
  return {
    update(done) {
      const now = clock.elapsed()
      if (now - drawn < REDRAW_MS) return
      drawn = now
      shown = true
      const perSecond = `${show((done / (now - started)) * 1000)}/s`
      const line =
        total === undefined || total <= 0
          ? `${label}: ${show(done)}, ${perSecond}`
          : `${label} ${bar(done / total)} ${show(done)} of ${show(total)}, ${perSecond}`
      stream.write(`\r\x1b[K${line.slice(0, (stream.columns || 80) - 1)}`)
    },
    end() {
      if (shown) stream.write('\r\x1b[K')
    },
  }
}

function bar(share: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * BAR)
  return `[${'='.repeat(full)}${' '.repeat(BAR - full)}]`
}

/** Columns as wide as their widest cell, two blanks apart. */
export function alignedLines(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}
