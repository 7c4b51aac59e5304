/** A topic for what `tailrace describe` has found, as text for a pipeline file. */
import { basename } from 'node:path'
import { Document, isMap, isScalar, visit, type YAMLMap } from 'yaml'
import { DAY_MS } from '../../base/calendar.ts'
import { roundSpan } from '../../base/units.ts'
import { formatNamed } from '../../format/all.ts'
import type { OpenFormat } from '../../format/format.ts'
import { pathOption } from '../../format/json/written-path.ts'
import { insideIn } from '../../format/open.ts'
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
  const { pattern, columns, format, options, opened, eventTime } = described
  const topic = {
    format: formatEntry(format, options, opened, columns),
    ...(eventTime !== undefined && { watermark: `${quoted(eventTime.column, columns)} - ${delayOf(eventTime)}` }),
  }
  const document = new Document({ topics: { [topicName(pattern)]: topic } })
  if (eventTime !== undefined && eventTime.disorderMs > MOST_DAYS * DAY_MS) {
    // Before the key, as a line of its own.
    const late = ` Some rows are ${roundSpan(eventTime.disorderMs)} behind: the longest INTERVAL is ${MOST_DAYS} days, so they will be late.`
    const pair = document.getIn(['topics', topicName(pattern)], true)
    if (isMap(pair)) commentKey(pair, 'watermark', late)
  }
  visit(document, {
    Pair(_, { key, value }) {
      if (isScalar(key) && key.value === 'columns') keepOnOneLine(value)
    },
    Scalar(place, node) {
      // Names are no variables. Keys are never taken for some.
      if (place !== 'key' && typeof node.value === 'string') node.value = node.value.replaceAll(/\$(?=\{)/g, '$$$$')
    },
  })
  return document.toString({ lineWidth: 0, flowCollectionPadding: true })
}

/** What a pipeline file has behind `format:`: the options that were given, and the columns where they have to be declared. */
function formatEntry(kind: string, given: unknown, opened: OpenFormat, columns: readonly DescribedColumn[]): unknown {
  const { inside: _, ...own } = given as { readonly inside?: unknown }
  const { declared, skipsFirstLine, fewestFields, inside } = opened
  const split = opened.fields.length - (inside?.format.fields.length ?? 0)
  const [[innerKind, innerGiven] = []] = insideIn(given).flatMap(([, inner]) => Object.entries(inner))
  const options = {
    ...own,
    ...(declared !== undefined && {
      columns: new Map(columns.slice(0, split).map((column) => [keyOf(column.name), columnEntry(column)])),
      ...(skipsFirstLine && { header: true }),
      ...(fewestFields !== undefined && { fewest_fields: fewestFields }),
    }),
    ...(inside !== undefined &&
      innerKind !== undefined && {
        inside: { [inside.column]: formatEntry(innerKind, innerGiven, inside.format, columns.slice(split)) },
      }),
  }
  const [only, ...others] = Object.entries(options)
  if (only === undefined) return kind
  const isMain = others.length === 0 && only[0] === formatNamed(kind).main?.option
  return { [kind]: isMain ? only[1] : options }
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
  return { type, path: pathOption(path), ...(unit !== undefined && { unit }) }
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
