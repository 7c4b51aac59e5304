/** The results of tests, as text for people and as JSON. */
import { describeFailure, type Failure } from '../../base/failure.ts'
import { counted } from '../../base/units.ts'
import type { CellText } from '../../pipeline/expect/cell.ts'
import type { Colours } from '../../terminal/colour.ts'
import { printable, printableLines, textWidth } from '../../terminal/text.ts'
import type { Diff, DiffLine } from '../../testing/compare.ts'
import type { Problem } from '../../testing/judge.ts'

export type DoneTest = {
  readonly name: string
  readonly ms: number
  readonly failures: readonly (Pick<Problem, 'path' | 'diff' | 'right'> & { readonly failure: Failure })[]
  /** What the run has warned of. */
  readonly notes: readonly string[]
}

/** Rows that are alike are shown up to this many before and behind a difference. */
const CONTEXT = 3
const MOST_LINES = 100

/** `ok      NAME  12 ms`, with what was wrong below; names are padded to `width`. */
export function resultText({ name, ms, failures, notes }: DoneTest, width: number, colours: Colours): string {
  const isOk = failures.length === 0
  const mark = isOk ? colours.green('ok    ') : colours.red('FAILED')
  const shown = printable(name)
  const head = `${mark}  ${shown}${' '.repeat(Math.max(0, width - textWidth(shown)))}  ${colours.dim(`${Math.round(ms)} ms`)}`
  if (isOk) return head
  const parts = failures.flatMap(({ failure, diff }) => [
    whatIsWrong(failure, diff),
    ...(diff ? diffLines(diff, colours) : []),
  ])
  const said = notes.map((note) => `note: ${note}`)
  return [
    head,
    ...[...parts, ...said].flatMap((part) =>
      printableLines(part)
        .split('\n')
        .map((line) => `  ${line}`.trimEnd()),
    ),
  ].join('\n')
}

/** A difference takes the place of the line of the file, which says only where it is. */
function whatIsWrong(failure: Failure, diff: Diff | undefined): string {
  const { place, message, hint } = failure
  if (diff === undefined || place === undefined) return describeFailure(failure)
  const lines = [
    `${place.file}:${place.line}:${place.column}: ${message}`,
    ...(hint === undefined ? [] : hint.split('\n')),
  ]
  return lines.join('\n  ')
}

/** A text that would look like NULL, or like nothing, is in quotes. */
function shownCell(cell: CellText | null): string {
  if (cell === undefined) return 'NULL'
  return cell === 'NULL' || cell === '' ? `"${cell}"` : printable(cell ?? '')
}

/** The lines of a difference, columns under each other. In colour, values that differ stand out. */
export function diffLines({ columns, lines }: Diff, colours: Colours): string[] {
  const rows = lines.map(({ cells }) => cells.map(shownCell))
  const widths = columns.map((name, i) => Math.max(textWidth(name), ...rows.map((row) => textWidth(row[i] ?? ''))))
  const differ = differing(lines)
  const padded = (text: string, i: number, show = (shown: string) => shown) =>
    show(text) + ' '.repeat(i === columns.length - 1 ? 0 : (widths[i] ?? 0) - textWidth(text))
  const head = `    ${columns.map((name, i) => padded(name, i, colours.dim)).join('  ')}`
  const shown = lines.map(({ sign }, line) => {
    const cells = (rows[line] ?? []).map((cell, i) => padded(cell, i, differ[line]?.has(i) ? colours.bold : undefined))
    const text = `  ${sign} ${cells.join('  ')}`.trimEnd()
    return sign === '-' ? colours.red(text) : sign === '+' ? colours.green(text) : text
  })
  return [head, ...shortened(shown, lines)]
}

/** By line, the columns in which an expected row differs from the one that came in its place. */
function differing(lines: readonly DiffLine[]): readonly (ReadonlySet<number> | undefined)[] {
  const found: (ReadonlySet<number> | undefined)[] = lines.map(() => undefined)
  for (let at = 0; at < lines.length; ) {
    let [gone, come] = [0, 0]
    while (lines[at + gone]?.sign === '-') gone++
    while (lines[at + gone + come]?.sign === '+') come++
    if (gone === come) {
      for (let i = 0; i < gone; i++) {
        const [one, other] = [lines[at + i]?.cells ?? [], lines[at + gone + i]?.cells ?? []]
        const columns = new Set(
          one.flatMap((cell, column) => (cell === null || cell === other[column] ? [] : [column])),
        )
        found[at + i] = columns
        found[at + gone + i] = columns
      }
    }
    at += Math.max(1, gone + come)
  }
  return found
}

/** Leaves out rows that are alike and far from all differences. */
function shortened(shown: readonly string[], lines: readonly DiffLine[]): string[] {
  const isNear = lines.map((_, at) =>
    lines.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some(({ sign }) => sign !== ' '),
  )
  const kept: string[] = []
  for (let at = 0; at < shown.length; ) {
    if (kept.length >= MOST_LINES) return [...kept, `    … and ${counted(shown.length - at, 'more row')}`]
    if (isNear[at]) {
      kept.push(shown[at++] ?? '')
      continue
    }
    const until = isNear.indexOf(true, at)
    const end = until < 0 ? shown.length : until
    kept.push(`    … ${counted(end - at, 'row')} as expected`)
    at = end
  }
  return kept
}

/** `3 tests: 2 ok, 1 failed`. */
export function testsSummary(done: readonly DoneTest[], colours: Colours): string {
  const failed = done.filter(({ failures }) => failures.length > 0).length
  const ms = done.reduce((sum, one) => sum + one.ms, 0)
  const counts = failed === 0 ? 'all ok' : `${done.length - failed} ok, ${colours.red(`${failed} failed`)}`
  return `${counted(done.length, 'test')}: ${counts}, ${Math.round(ms)} ms`
}

/** For programs. */
export function resultJson(pipeline: string, done: readonly DoneTest[]): object {
  return {
    ok: done.every(({ failures }) => failures.length === 0),
    pipeline,
    tests: done.map(({ name, ms, failures, notes }) => ({
      name,
      ok: failures.length === 0,
      ms: Math.round(ms),
      problems: failures.map(({ failure: { message, hint, place }, diff }) => ({
        message,
        ...(hint !== undefined && { hint }),
        ...(place !== undefined && { file: place.file, line: place.line, column: place.column }),
        ...(diff !== undefined && { missing: rowsWith('-', diff), unexpected: rowsWith('+', diff) }),
      })),
      notes,
    })),
  }
}

const rowsWith = (sign: DiffLine['sign'], { columns, lines }: Diff) =>
  lines
    .filter((line) => line.sign === sign)
    .map(({ cells }) =>
      Object.fromEntries(columns.flatMap((column, i) => (cells[i] === null ? [] : [[column, cells[i] ?? null]]))),
    )
