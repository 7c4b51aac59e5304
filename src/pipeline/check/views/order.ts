/** The names that the queries and views of a file read, and the order in which they are planned: each after what it reads. */
import { unreachable } from '../../../base/assert.ts'
import { changeFailure, collectFailure } from '../../../base/failure.ts'
import type { Duration } from '../../../base/quantity.ts'
import type { View } from '../../../sql/catalog.ts'
import type { QueryBody, QuerySyntax, TableSyntax } from '../../../sql/syntax/ast.ts'
import { parseQuery } from '../../../sql/syntax/parse.ts'
import type { QueryForms } from '../../definition.ts'
import type { PipelineText } from '../../file/pipeline-text.ts'
import type { Path } from '../../file/yaml-tree.ts'
import type { Checking } from '../checking.ts'
import { spellQuery } from '../short-form.ts'
import { inSql } from '../spelled-in-file.ts'

/** A query, or a view with its text, and the names that it reads. */
export type Reader = { readonly name: string; readonly reads: readonly string[]; readonly view: View | undefined }

/** Queries and views, each after those that it reads. What cannot be parsed, or reads itself, is broken. */
export const readersInOrder = (checking: Checking): readonly Reader[] => inOrder(readersIn(checking), checking)

function readersIn({ file, text, failures, broken }: Checking): ReadonlyMap<string, Reader> {
  const readers = new Map<string, Reader>()
  for (const [name, entry] of Object.entries(file.queries)) {
    const reads = collectFailure(failures, () => tablesIn(entry, ['queries', name], text))
    if (reads === undefined) broken.add(name)
    else readers.set(name, { name, reads, view: undefined })
  }
  for (const [name, sql] of Object.entries(file.views)) {
    const at: Path = ['views', name]
    const other = ownerOf(name, { file })
    if (other !== undefined) {
      failures.push(
        text.failure(at, `view "${name}" has the name of ${other}`, { at: 'key', hint: 'Take another name.' }),
      )
      continue
    }
    const parse = () =>
      changeFailure(
        () => parseQuery(sql),
        (failure) => text.sqlFailure(at, failure),
      )
    const query = collectFailure(failures, parse)
    if (query === undefined) broken.add(name)
    else readers.set(name, { name, reads: namedIn(query), view: { name, sql, query } })
  }
  return readers
}

/** What else in the file has a name, as `a topic`; undefined: nothing. */
function ownerOf(name: string, { file }: Pick<Checking, 'file'>): string | undefined {
  const sections = [
    [file.topics, 'a topic'],
    [file.queries, 'a query'],
    [file.tables, 'a table'],
    [file.reports, 'a report'],
    [file.alerts, 'an alert'],
  ] as const
  const isOnBus = Object.hasOwn(file.topics, `${file.name}.${name}`)
  return sections.find(([section]) => Object.hasOwn(section, name))?.[1] ?? (isOnBus ? 'a topic' : undefined)
}

/** The names that a query of the file reads. Throws a Failure where it cannot be parsed. */
export function tablesIn(entry: QueryForms<Duration>, at: Path, text: PipelineText): readonly string[] {
  const form = entry.top ?? entry.count ?? entry.rate
  if (form !== undefined) return [form.from]
  const spelled = spellQuery(entry, () => '')
  return namedIn(inSql(at, spelled, text, () => parseQuery(spelled.sql)))
}

/** The names, with those that views among them read in their place. */
export const throughViews = (names: readonly string[], checking: Checking): readonly string[] => [
  ...new Set(
    names.flatMap((name) => {
      const view = checking.views.get(name)
      return view === undefined ? [name] : throughViews(view.reads, checking)
    }),
  ),
]

/** One that reads itself is broken. */
function inOrder(readers: ReadonlyMap<string, Reader>, checking: Checking): readonly Reader[] {
  const { broken } = checking
  const order: Reader[] = []
  const done = new Set<Reader>()
  /** `way` is from one reader to the next, each of which reads the one after it. */
  const visit = (reader: Reader, way: readonly Reader[]): void => {
    if (way.includes(reader)) {
      refuseCircle([...way.slice(way.indexOf(reader)), reader], checking)
      return
    }
    if (done.has(reader)) return
    for (const name of reader.reads) {
      const other = readers.get(name)
      if (other !== undefined) visit(other, [...way, reader])
    }
    done.add(reader)
    order.push(reader)
  }
  for (const reader of readers.values()) visit(reader, [])
  return order.filter(({ name }) => !broken.has(name))
}

/** The first of the circle is also its last. */
function refuseCircle(circle: readonly Reader[], { file, text, failures, broken }: Checking): void {
  const names = circle.map(({ name }) => name)
  if (names.some((name) => broken.has(name))) return
  for (const name of names) broken.add(name)
  // It reads the topic whose name it has taken, and that is said.
  if (names.some((name) => Object.hasOwn(file.topics, name))) return
  const [{ name, view }] = circle as readonly [Reader]
  const others = circle.length === 2 ? '' : `: ${names.join(' reads ')}`
  const message = view === undefined ? `query "${name}" reads its own rows` : `view "${name}" reads itself`
  failures.push(text.failure([view === undefined ? 'queries' : 'views', name], `${message}${others}`, { at: 'key' }))
}

/** Names of the tables that a statement reads, in sub-queries too, without those of its own WITH. */
export function namedIn({ with: own, body }: QuerySyntax): readonly string[] {
  const names = [...own.flatMap(({ query }) => namedIn(query)), ...namesInBody(body)]
  return names.filter((name) => own.every((made) => made.name.name !== name))
}

function namesInBody(body: QueryBody): readonly string[] {
  switch (body.kind) {
    case 'select':
      return [
        ...(body.from === undefined ? [] : namesInTable(body.from)),
        ...queriesIn({ ...body, from: undefined }).flatMap(namedIn),
      ]
    case 'values':
      return []
    case 'set':
      return [body.left, body.right].flatMap(namedIn)
    default:
      return unreachable(body)
  }
}

/** The queries in the expressions of a part of the tree. */
function queriesIn(part: unknown): readonly QuerySyntax[] {
  if (Array.isArray(part)) return part.flatMap(queriesIn)
  if (typeof part !== 'object' || part === null) return []
  return 'body' in part ? [part as QuerySyntax] : Object.values(part).flatMap(queriesIn)
}

function namesInTable(table: TableSyntax): readonly string[] {
  switch (table.kind) {
    case 'table':
      return table.path.slice(0, 1).map(({ name }) => name)
    case 'derived':
      return namedIn(table.query)
    case 'window':
      return table.arguments.flatMap(({ value }) => (value.kind === 'data' ? namesInTable(value.table) : []))
    case 'unnest':
      return []
    case 'join':
      return [...[table.left, table.right].flatMap(namesInTable), ...queriesIn(table.on).flatMap(namedIn)]
    default:
      return unreachable(table)
  }
}
