/** Reads the documents for the tests: blocks of code with their output, tables, parts under a heading. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export type Block = {
  /** The words behind the three backquotes: "sql", "sql batch". */
  readonly info: string
  readonly text: string
  /** The line of the first line of code, from 1. */
  readonly line: number
  /** Its output: the block without a language right after it. */
  readonly gives: string | undefined
}

/** The paths of all pages. */
export const PAGES: readonly string[] = [
  '.',
  'docs',
  'docs/decisions',
  'examples/nasa',
  'examples/access-log',
  'examples/population',
  'examples/ip-logs',
  'examples/payments',
].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
)

export const readDocument = (path: string): string => readFileSync(resolve(import.meta.dirname, '../..', path), 'utf8')

export function blocksOf(document: string): readonly Block[] {
  const fence = /^```(.*)\n([\s\S]*?)^```$/gm
  const found = [...document.matchAll(fence)].map((match) => ({
    info: (match[1] as string).trim(),
    text: match[2] as string,
    start: match.index,
    end: match.index + match[0].length,
  }))
  return found.map(({ info, text, start, end }, index) => {
    const next = found[index + 1]
    const follows = next?.info === '' && document.slice(end, next.start).trim() === ''
    const line = document.slice(0, start).split('\n').length + 1
    return { info, text, line, gives: follows ? next.text : undefined }
  })
}

/** The text under a heading, up to the next heading of the same or a higher level. */
export function partOf(document: string, heading: string): string {
  const lines = document.split('\n')
  const first = lines.indexOf(heading)
  if (first === -1) throw new Error(`there is no heading ${heading}`)
  const level = heading.split(' ')[0]?.length ?? 1
  // A comment in a block of code begins as a heading does.
  const isCode = lines.map(
    (_, index) => lines.slice(0, index).filter((line) => line.startsWith('```')).length % 2 === 1,
  )
  const isNext = (line: string, index: number) => /^#+ /.test(line) && line.indexOf(' ') <= level && !isCode[index]
  const next = lines.findIndex((line, index) => index > first && isNext(line, index))
  return lines.slice(first + 1, next === -1 ? undefined : next).join('\n')
}

/** Rows of all tables, without their heads; in a cell `\|` is a bar. */
export function tableRows(text: string): readonly (readonly string[])[] {
  const rows: string[][] = []
  const lines = text.split('\n')
  for (const [index, line] of lines.entries()) {
    const isHead = /^\| *-/.test(lines[index + 1] ?? '')
    if (!line.startsWith('|') || isHead || /^\| *-+/.test(line)) continue
    rows.push(
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('\\|', '|')),
    )
  }
  return rows
}

/** The code at the start of a cell, bold or not, without its one or two backquotes on each side. */
export const codeIn = (cell: string | undefined): string | undefined =>
  /^(?:\*\*)?``\s?(.+?)\s?``/.exec(cell ?? '')?.[1] ?? /^(?:\*\*)?`([^`]+)`/.exec(cell ?? '')?.[1]
