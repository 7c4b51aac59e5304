/** The columns that a topic adds to those of its format: METADATA, and expressions over the other columns. */
import { changeFailure, collectFailure, Failure, throwAll } from '../../base/failure.ts'
import { METADATA_KEYS, type Metadata, metadataOf, refusedMetadata } from '../../bus/metadata.ts'
import type { OpenFormat } from '../../format/format.ts'
import type { Field } from '../../record/type.ts'
import { isMetadata, parseComputed, parseMetadata } from '../../sql/bind/topic-column.ts'
import { replaceColumns } from '../../sql/expression/columns.ts'
import { placeInSql } from '../../sql/syntax/problem.ts'
import type { AddedColumn } from '../../topic/topic-format.ts'
import type { Checking } from './checking.ts'

const ALL = { keys: METADATA_KEYS, find: metadataOf, refused: refusedMetadata }

type Added = { readonly [name: string]: string }

/** The columns that are written under `columns` of a topic. Throws a Failure with all mistakes. */
export function addedColumns(
  topic: string,
  written: Added,
  format: OpenFormat,
  checking: Checking,
): readonly AddedColumn[] {
  const { text } = checking
  const at = (name: string) => ['topics', topic, 'columns', name]
  const inFile = <Result>(name: string, work: () => Result): Result =>
    changeFailure(work, (failure) => text.sqlFailure(at(name), failure))
  const metadata = (name: string): Metadata => {
    const found = inFile(name, () => parseMetadata(written[name] ?? '', name, ALL))
    if (found.ofFile !== true || isFilledFromFiles(topic, checking)) return found
    const message = `no source of files fills topic "${topic}", so its records have no '${found.key}'`
    throw text.failure(at(name), message, {
      hint: `Sources of files are written so: sources: { log: { file: access.log, to: ${topic} } }`,
    })
  }
  const names = Object.keys(written)
  const failures: Failure[] = []
  const refused = new Set<string>()
  const kept = names.filter((name) => {
    const before = failures.length
    const isTaken = format.fields.some((field) => field.name === name)
    if (isTaken) {
      const message = `the format of topic "${topic}" already has a column ${name}`
      failures.push(text.failure(at(name), message, { at: 'key', hint: 'Take another name.' }))
    }
    const is = !isTaken && collectFailure(failures, () => inFile(name, () => isMetadata(written[name] ?? ''))) === true
    if (failures.length > before) refused.add(name)
    return is
  })
  const declared = new Map(
    kept.flatMap((name) => {
      const found = collectFailure(failures, () => metadata(name))
      if (found === undefined) refused.add(name)
      return found === undefined ? [] : [[name, found] as const]
    }),
  )
  // An expression that reads a wrong column would only repeat its mistake.
  const isSpoilt = (sql: string) => [...refused].some((name) => sql.toLowerCase().includes(name.toLowerCase()))
  /** The columns that an expression can read, with their places among all. */
  const readable = [
    ...format.fields.map((field, index) => ({ field, index })),
    ...names.flatMap((name, i) => {
      const found = declared.get(name)
      return found === undefined ? [] : [{ field: { name, type: found.type }, index: format.fields.length + i }]
    }),
  ]
  const added = names.flatMap((name): AddedColumn | readonly never[] => {
    const found = declared.get(name)
    if (found !== undefined) return { kind: 'metadata', name, metadata: found }
    if (refused.has(name) || isSpoilt(written[name] ?? '')) return []
    const compute = () => computed(name, written[name] ?? '', readable, { topic, checking })
    return collectFailure(failures, () => inFile(name, compute)) ?? []
  })
  throwAll(failures)
  return added
}

const isFilledFromFiles = (topic: string, { file }: Checking): boolean =>
  Object.values(file.sources).some(({ to, file, spool }) => to === topic && (file ?? spool) !== undefined)

type Readable = readonly { readonly field: Field; readonly index: number }[]
type Computing = { readonly topic: string; readonly checking: Checking }

function computed(name: string, sql: string, readable: Readable, computing: Computing): AddedColumn {
  const { topic, checking } = computing
  const fields = readable.map(({ field }) => field)
  const { expression, warnings } = parseComputed(sql, fields, checking.session)
  for (const { message, hint, range = { start: 0, end: sql.length } } of warnings) {
    const warning = new Failure('sql', message, { place: placeInSql(sql, range), hint })
    checking.warnings.push(checking.text.sqlFailure(['topics', topic, 'columns', name], warning))
  }
  const placed = replaceColumns(expression, ({ column, ...rest }) => ({
    ...rest,
    column: readable[column]?.index ?? column,
  }))
  return { kind: 'computed', name, expression: placed, written: sql.trim() }
}
