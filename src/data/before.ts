/**
 * What the places of sinks had before the pipeline first wrote to them, so that `run --fresh` can give it back.
 *
 *   DATA/before.json   {"content":[{"kind":"file","sink":"out","path":"/x/out.csv","length":120}, …],"crc32c":"0123abcd"}
 *
 * An entry is durable before the first byte is written to its place, and the first entry of a place stays.
 */
import type { Disk } from '../base/disk/disk.ts'
import type { Offset } from '../base/quantity.ts'
import { readChecked, writeChecked } from './checked-json.ts'
import { saveTogether } from './save-together.ts'
import type { TableBefore } from './table-positions.ts'

/** The file of a data folder that has all entries. */
export const BEFORE = 'before.json'

/** One place of a sink. */
export type Before =
  /** A file that rows are appended to, with its length; null: there was no file. */
  | { readonly kind: 'file'; readonly path: string; readonly length: Offset | null }
  /** Files with `-LIFE-pPARTITION-` in their names, in folders that fit this whole path, which may have `%` directives. */
  | { readonly kind: 'rolled'; readonly path: string; readonly life: string }
  /** A table of a SQLite file. */
  | ({ readonly kind: 'table' } & TableBefore)
  /** A place that this machine cannot take back, in words; with a life, as of rolled files. */
  | { readonly kind: 'elsewhere'; readonly path: string; readonly life?: string }

export type KeptBefore = Before & { readonly sink: string }

export type BeforeMemory = {
  /** Keeps the entry if its place has none; resolves when it is durable. Rejects with a Failure of the disk. */
  remember(sink: string, before: Before): Promise<void>
}

/** The memory of a data folder that this process owns. Throws a Failure 'corrupt' if its file is damaged. */
export function openBeforeMemory(disk: Disk, folder: string): BeforeMemory {
  const kept = new Map(readBefore(disk, folder).map((one) => [placeOf(one), one]))
  const saver = saveTogether(() => writeChecked(disk, `${folder}/${BEFORE}`, [...kept.values()]))
  const unsaved = new Set<string>()
  return {
    async remember(sink, before) {
      const place = placeOf(before)
      if (kept.has(place) && !unsaved.has(place)) return
      if (!kept.has(place)) kept.set(place, { ...before, sink })
      unsaved.add(place)
      await saver.save()
      unsaved.delete(place)
    },
  }
}

/** The entries of a data folder. Throws a Failure 'corrupt' if their file is damaged. */
export const readBefore = (disk: Disk, folder: string): readonly KeptBefore[] =>
  (readChecked(disk, `${folder}/${BEFORE}`) as readonly KeptBefore[] | undefined) ?? []

function placeOf(before: Before): string {
  const { kind, path } = before
  if (kind === 'file') return `file ${path}`
  return `${kind} ${path} ${kind === 'table' ? before.table : (before.life ?? '')}`
}
