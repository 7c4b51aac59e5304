/** A topic for what `tailrace describe` has found, as text for a pipeline file. */
import { basename } from 'node:path'
import { Document, isMap, isScalar } from 'yaml'
import { reserved } from '../../sql/syntax/reserved.ts'
import type { Described, DescribedColumn } from './described.ts'

/** How far a watermark trails at least, and the steps in which it grows, in seconds. */
const DELAYS = [5, 10, 30, 60, 300, 600, 1800, 3600]

/** The key `topics` with one topic: its format, the columns that it has to declare, and its event time. */
export function topicYaml(described: Described): string {
  const { pattern, columns, format, isDeclared, hasHeader, eventTime } = described
  const options = {
    columns: new Map(columns.map((column) => [keyOf(column.name), columnEntry(column)])),
    ...(hasHeader && { header: true }),
  }
  const topic = {
    format: isDeclared ? { [format]: options } : format,
    ...(eventTime !== undefined && { watermark: `${quoted(eventTime.column, columns)} - ${delayOf(eventTime)}` }),
  }
  const document = new Document({ topics: { [topicName(pattern)]: topic } })
  keepOnOneLine(document.getIn(['topics', topicName(pattern), 'format', format, 'columns'], true))
  // Names are no variables.
  return document.toString({ lineWidth: 0, flowCollectionPadding: true }).replaceAll(/\$(?=\{)/g, '$$$$')
}

/** The name of the file before its first dot, as far as a topic can have that name. */
export function topicName(pattern: string): string {
  const [stem = ''] = basename(pattern).replace(/^\.+/, '').split('.')
  const name = stem.replaceAll(/[^A-Za-z0-9_]+/g, '_').replaceAll(/^_+|_+$/g, '')
  if (reserved.has(name.toUpperCase())) return `${name}_log`
  return name === '' || /^\d/.test(name) ? `log${name}` : name.slice(0, 60)
}

/** A key of digits alone would not keep its place in the order of the columns. */
const keyOf = (name: string): string => (/^\d+$/.test(name) ? `_${name}` : name)

function columnEntry({ name, type, path }: DescribedColumn): unknown {
  if (path === undefined || (path.length === 1 && path[0] === keyOf(name))) return type
  // Names with a dot in them need the long spelling.
  return { type, path: path.some((part) => part.includes('.') || part === '') ? path : path.join('.') }
}

/** `{ type: BIGINT, path: user.id }` */
function keepOnOneLine(columns: unknown): void {
  if (!isMap(columns)) return
  for (const { value } of columns.items) {
    if (isMap(value)) value.flow = true
    else if (isScalar(value)) value.type = 'PLAIN'
  }
}

const quoted = (name: string, columns: readonly DescribedColumn[]): string => {
  const isPlain = /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && columns.find((one) => one.name === name)?.isReserved !== true
  return isPlain ? name : `\`${name.replaceAll('`', '``')}\``
}

function delayOf({ disorderMs }: { readonly disorderMs: number }): string {
  const seconds = DELAYS.find((one) => one * 1000 >= disorderMs) ?? DELAYS.at(-1)
  return `INTERVAL '${seconds}' SECOND`
}
