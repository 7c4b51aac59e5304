/** The options of `query` and `watch` that say which tables there are, in which time zone, and how much memory may be used. */
import { changeFailure, Failure } from '../../base/failure.ts'
import { findZone } from '../../base/timezone.ts'
import { BYTE_SIZE, parseQuantity } from '../../base/units.ts'
import type { TableSpec } from '../../query/table-files.ts'

type TableOptions = { readonly format?: string; readonly table: readonly string[] }

/** The table "log" of the files, if there are any, and those of `--table`. Throws a Failure 'usage'. */
export function tablesAsked(patterns: readonly string[], { format, table }: TableOptions): TableSpec[] {
  const named = table.map((text) => {
    const [, name, rest] = /^([^=]+)=(.+)$/.exec(text) ?? []
    if (name === undefined || rest === undefined) {
      throw new Failure('usage', `--table ${text}: expected NAME=GLOB or NAME=GLOB:FORMAT`)
    }
    const [, glob, own] = /^(.+?):([a-z_0-9]+=.*)$/s.exec(rest) ?? /^(.+):([a-z_0-9]+)$/.exec(rest) ?? []
    return { name, patterns: [glob ?? rest], format: own }
  })
  return patterns.length === 0 ? named : [{ name: 'log', patterns, format }, ...named]
}

/** The bytes of `--memory`. Throws a Failure 'usage'. */
export const memoryAsked = (text: string): number =>
  changeFailure(
    () => parseQuantity(text, BYTE_SIZE),
    ({ message }) => new Failure('usage', `--memory: ${message}`),
  )

/** Throws a Failure 'usage' where `--timezone` names no zone. */
export function refuseUnknownZone(zone: string): void {
  if (findZone(zone) !== undefined) return
  throw new Failure('usage', `--timezone ${zone}: there is no such time zone`, {
    hint: 'Zones have names as UTC, Europe/Berlin, America/New_York.',
  })
}
