/** A topic for what `tailrace describe` has found, as text for a pipeline file. */
import { basename } from 'node:path'
import { Document, isMap, isScalar, type YAMLMap } from 'yaml'
import { DAY_MS } from '../../base/calendar.ts'
import { roundSpan } from '../../base/units.ts'
import { reserved } from '../../sql/syntax/reserved.ts'
import type { Described, DescribedColumn } from './described.ts'

/** How far a watermark trails at least, and the steps in which it grows, in seconds, before whole hours and days. */
const DELAYS = [5, 10, 30, 60, 300, 600, 1800]
/** The units in which a delay is written. An INTERVAL has two digits at most. */
const UNITS = [
  { name: 'SECOND', seconds: 1, below: 60 },
  { name: 'MINUTE', seconds: 60, below: 3600 },
  { name: 'HOUR', seconds: 3600, below: 86_400 },
  { name: 'DAY', seconds: 86_400, below: Number.POSITIVE_INFINITY },
] as const
const MOST_DAYS = 99
const HOUR_MS = 3_600_000

/** The key `topics` with one topic: its format, the columns that it has to declare, and its event time. */
export function topicYaml(described: Described): string {
  const { pattern, columns, format, options: given, isDeclared, hasHeader, fewestFields, eventTime } = described
  const found = {
    ...given,
    columns: new Map(columns.map((column) => [keyOf(column.name), columnEntry(column)])),
    ...(hasHeader && { header: true }),
    ...(fewestFields !== undefined && { fewest_fields: fewestFields }),
  }
  const topic = {
    format: isDeclared ? { [format]: found } : Object.keys(given).length > 0 ? { [format]: given } : format,
    ...(eventTime !== undefined && { watermark: `${quoted(eventTime.column, columns)} - ${delayOf(eventTime)}` }),
  }
  const document = new Document({ topics: { [topicName(pattern)]: topic } })
  if (eventTime !== undefined && eventTime.disorderMs > MOST_DAYS * DAY_MS) {
    // Before the key, as a line of its own.
    const late = ` Some rows are ${roundSpan(eventTime.disorderMs)} behind: the longest INTERVAL is ${MOST_DAYS} days, so they will be late.`
    const pair = document.getIn(['topics', topicName(pattern)], true)
    if (isMap(pair)) commentKey(pair, 'watermark', late)
  }
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

function columnEntry({ name, type: found, unit, path }: DescribedColumn): unknown {
  const type = unit === undefined ? found : 'TIMESTAMP_LTZ(3)'
  const isOwn = path === undefined || (path.length === 1 && path[0] === keyOf(name))
  if (isOwn) return unit === undefined ? type : { type, unit }
  // Names with a dot in them need the long spelling.
  const place = path.some((part) => part.includes('.') || part === '') ? path : path.join('.')
  return { type, path: place, ...(unit !== undefined && { unit }) }
}

function commentKey(map: YAMLMap, name: string, comment: string): void {
  for (const { key } of map.items) if (isScalar(key) && key.value === name) key.commentBefore = comment
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

/** The delay that no row of the sample exceeds, rounded up to a step, or to whole hours or days. */
function delayOf({ disorderMs }: { readonly disorderMs: number }): string {
  const step = DELAYS.find((one) => one * 1000 >= disorderMs)
  const seconds = step ?? Math.ceil(disorderMs / HOUR_MS) * 3600
  const unit = UNITS.find(({ below }) => seconds < below) ?? UNITS[3]
  const count = Math.min(Math.ceil(seconds / unit.seconds), MOST_DAYS)
  return `INTERVAL '${count}' ${unit.name}`
}
