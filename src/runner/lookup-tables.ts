/**
 * The contents of lookup tables, by version, for those that join rows with them. A content is decoded when a row first needs it;
 * versions before the newest come from the data folder.
 */
import { changedFailure, Failure } from '../base/failure.ts'
import type { TableContents } from '../data/table-contents.ts'
import type { LookupContent } from '../engine/lookup/content.ts'
import type { CheckedLookup, CheckedPipeline } from '../pipeline/checked.ts'
import type { TableVersion } from '../topic/table-versions.ts'

/** Contents of a table that stay in memory although no query may use them: readers of one topic are at different offsets. */
const MOST_CONTENTS = 4

export type LookupTables = {
  /**
   * The content of a version of a table; of the newest where no version is asked for, or where it is kept no more, which is said.
   * Rejects with a Failure where the content is damaged, or cannot be read by what the pipeline file now says of the table.
   */
  content(table: string, version: TableVersion | undefined): Promise<LookupContent>
}

export type KnownTables = LookupTables & {
  /** Makes a version the newest one, whose content is at hand. */
  renew(version: TableVersion, content: LookupContent): void
  newest(table: string): TableVersion | undefined
}

type Knowing = {
  pipeline(): Pick<CheckedPipeline, 'lookups' | 'folder'>
  /** What is kept of versions; undefined: nothing. */
  readonly contents?: Pick<TableContents, 'read'>
  warn(message: string): void
}

/** The tables of a pipeline. Until a version is the newest, that is what is there when it is asked for. */
export function openLookupTables({ pipeline, contents, warn }: Knowing): KnownTables {
  /** By table, then by its meaning and the digest; what is there now has none. A reload may give a table other columns. */
  const decoded = new Map<string, Map<string, Promise<LookupContent>>>()
  const newest = new Map<string, TableVersion>()
  const said = new Set<string>()
  const lookupOf = (table: string): CheckedLookup => {
    const checked = pipeline().lookups.get(table)
    if (checked === undefined) throw new Failure('pipeline', `there is no lookup table ${table} any more`)
    return checked
  }
  const keep = (table: string, digest: string, make: () => Promise<LookupContent>): Promise<LookupContent> => {
    const own = decoded.get(table) ?? new Map<string, Promise<LookupContent>>()
    decoded.set(table, own)
    const key = `${lookupOf(table).fingerprint} ${digest}`
    const found = own.get(key) ?? make()
    own.delete(key)
    own.set(key, found)
    // A file that was away is looked for again by the next that asks, such as a report.
    found.catch(() => {
      if (own.get(key) === found) own.delete(key)
    })
    for (const old of [...own.keys()].slice(0, -MOST_CONTENTS)) own.delete(old)
    return found
  }
  const newestContent = (table: string): Promise<LookupContent> => {
    const version = newest.get(table)
    if (version !== undefined) return content(table, version)
    return keep(table, '', async () => readNow(lookupOf(table), pipeline().folder))
  }
  const load = async (version: TableVersion): Promise<LookupContent> => {
    const { table, digest } = version
    const bytes = contents?.read(table, digest)
    if (bytes !== undefined) return await decodeKept(lookupOf(table), bytes, version)
    const message = `version ${version.version} of table ${table} is kept no more: its rows are joined with the newest one`
    if (!said.has(message)) warn(message)
    said.add(message)
    if (newest.get(table)?.digest !== digest) return await newestContent(table)
    return await readNow(lookupOf(table), pipeline().folder)
  }
  const content = (table: string, version: TableVersion | undefined): Promise<LookupContent> =>
    version === undefined ? newestContent(table) : keep(table, version.digest, () => load(version))
  return {
    content,
    newest: (table) => newest.get(table),
    renew(version, found) {
      newest.set(version.table, version)
      void keep(version.table, version.digest, () => Promise.resolve(found))
    },
  }
}

/** The tables `known` with a version in use, and the others as `tables` gives them. */
export const inUseOr = (tables: LookupTables, known: KnownTables | undefined): LookupTables => ({
  content: (table, version) =>
    known?.newest(table) === undefined ? tables.content(table, version) : known.content(table, version),
})

/** Decodes a content that is kept. Rejects with a Failure that names the version. */
async function decodeKept(
  checked: CheckedLookup,
  bytes: Uint8Array,
  { table, version }: TableVersion,
): Promise<LookupContent> {
  const decode = () => checked.type.decode(bytes, checked.options, checked)
  const found = await orFailure(decode, (why) => `version ${version} of table ${table}, which rows still need: ${why}`)
  if (found instanceof Failure) throw found
  return found
}

/** The content of a table as it is now. Rejects with a Failure that names the table. */
export async function readNow(checked: CheckedLookup, folder: string): Promise<LookupContent> {
  const { name, type, options } = checked
  const read = async () => type.decode(await type.read(options, folder), options, checked)
  const found = await orFailure(read, (why) => `table ${name}: ${why}`)
  if (found instanceof Failure) throw found
  return found
}

/** What `work` gives, or its Failure in other words. */
export async function orFailure<Result>(
  work: () => Promise<Result>,
  inWords: (why: string) => string,
): Promise<Result | Failure> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return changedFailure(error, { message: inWords(error.message) })
  }
}
