/**
 * Widths of columns where a table does not fit: texts give way first, then times show only the part that differs, then names
 * are cut. Digits and times are cut only where nothing else is left.
 */

/** Cells between two columns. */
export const GAP = '  '
/** Cells that a text keeps while anything else can give way. */
const LEAST_TEXT = 8
/** Cells that a text keeps while times can leave out their day. */
const GOOD_TEXT = 16
/** Cells that any column keeps. */
const NARROWEST = 4

export type Width = {
  readonly kind: 'text' | 'number' | 'time'
  /** Of the name and of the widest cell. */
  readonly whole: number
  readonly name: number
  /** Of the widest cell alone. */
  readonly cells: number
  /** Of a time without the part that all have in common; the same as `cells` of other kinds. */
  readonly brief: number
}

export type Fit = { readonly widths: readonly number[]; readonly hasBriefTimes: boolean }

/** The number of cells of a line with columns of these widths. */
export const lineWidth = (widths: readonly number[]): number =>
  widths.reduce((sum, width) => sum + width, GAP.length * Math.max(0, widths.length - 1))

/** Whether the columns fit when only texts and names are cut, and each text keeps at least `leastText` cells. */
export function fitsWithTexts(columns: readonly Width[], limit: number, leastText: number): boolean {
  const least = columns.map(({ kind, whole, cells }) => (kind === 'text' ? Math.min(whole, leastText) : cells))
  return lineWidth(least) <= limit
}

/** Widths that fit, as far as that is possible. */
export function fitColumns(columns: readonly Width[], limit: number): Fit {
  const widths = columns.map(({ whole }) => whole)
  const over = () => lineWidth(widths) - limit
  const shrink = (least: (column: Width, index: number) => number) => {
    shrinkWidest(
      widths,
      columns.map((column, i) => Math.min(widths[i] as number, least(column, i))),
      over(),
    )
  }
  shrink(({ kind, whole }) => (kind === 'text' ? GOOD_TEXT : whole))
  const hasBriefTimes = over() > 0 && columns.some(({ brief, cells }) => brief < cells)
  if (hasBriefTimes) {
    for (const [i, { kind, name, brief }] of columns.entries()) if (kind === 'time') widths[i] = Math.max(name, brief)
    // The others get back what times no longer need.
    for (const [i, { kind, whole }] of columns.entries()) if (kind !== 'time') widths[i] = whole
    shrink(({ kind, whole, name, brief }) =>
      kind === 'text' ? GOOD_TEXT : kind === 'time' ? Math.max(name, brief) : whole,
    )
    shrink(({ kind, whole, brief }) => (kind === 'text' ? GOOD_TEXT : kind === 'time' ? brief : whole))
  }
  const times = columns.map(({ whole, brief }) => (hasBriefTimes ? brief : whole))
  shrink(({ kind, whole }, i) => (kind === 'text' ? LEAST_TEXT : kind === 'time' ? (times[i] as number) : whole))
  shrink(({ kind, cells }, i) => (kind === 'text' ? LEAST_TEXT : kind === 'time' ? (times[i] as number) : cells))
  shrink(({ kind, cells }, i) => (kind === 'text' ? NARROWEST : kind === 'time' ? (times[i] as number) : cells))
  shrink(() => NARROWEST)
  return { widths, hasBriefTimes }
}

/** Takes `over` cells from the widths, from the widest first, down to their least. */
function shrinkWidest(widths: number[], least: readonly number[], over: number): void {
  let left = over
  while (left > 0) {
    const able = widths.map((width, i) => (width > (least[i] as number) ? width : 0))
    const widest = Math.max(...able)
    if (widest === 0) return
    const next = Math.max(...able.filter((width) => width < widest), 0)
    const share = able.filter((width) => width === widest).length
    const index = able.indexOf(widest)
    const cut = Math.min(widest - Math.max(next, least[index] as number), Math.ceil(left / share))
    const taken = Math.max(1, cut)
    widths[index] = widest - taken
    left -= taken
  }
}
