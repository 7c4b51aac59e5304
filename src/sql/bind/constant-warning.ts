/** Warns of a constant for which a call gives NULL, FALSE or a nonsense value in every row, as Flink does. */
import { daysInMonth, shortTimestampText } from '../../base/calendar.ts'
import { nearest } from '../../base/nearest.ts'
import { counted } from '../../base/units.ts'
import { readRegex } from '../../regex/read-java.ts'
import { groupsIn } from '../../regex/tree.ts'
import type { Expression } from '../expression/expression.ts'
import { parseTimestamp } from '../function/cast/parse-time.ts'
import { parsePath } from '../function/json/path.ts'
import { literalText } from '../function/text/bytes.ts'
import { timeParser } from '../function/time/parse-format.ts'
import { isBareOffset, javaZone, UNREADABLE } from '../function/time/unix-time.ts'
import type { TextRange } from '../syntax/ast.ts'
import { addWarning, type Scope, type Statement, writtenText } from './statement.ts'

type Advice = { readonly message: string; readonly hint: string }

/** A call of a function as it is bound, and what became of it. */
type BoundFunction = {
  readonly name: string
  readonly operands: readonly Expression[]
  readonly value: Expression
  readonly range: TextRange
}

/** Adds a warning where the constants of the call make every row NULL or nonsense. */
export function warnOfConstants(call: BoundFunction, { statement }: Scope): void {
  const { name, operands, range } = call
  const text = READS_TIMES.has(name) && operands.length === 1 ? operands[0] : undefined
  if (text !== undefined) warnOfMovedDay(text, statement)
  const advice = RULES.get(name)?.(call) ?? adviceOnFolded(call, writtenText(statement, range))
  if (advice !== undefined) addWarning(statement, { ...advice, range })
}

/** Adds a warning where the text of a constant is a time on a day that does not exist, which is read as another. */
export function warnOfMovedDay(constant: Expression, statement: Statement): void {
  const text = constant.kind === 'literal' && constant.type.kind === 'STRING' ? String(constant.value) : ''
  const range = statement.constants.get(constant)
  if (range !== undefined) warnOfMovedTime(text, range, statement)
}

/** The same for the text of a TIMESTAMP literal. */
export function warnOfMovedTime(text: string, range: TextRange, statement: Statement): void {
  const [, year, month, day, hour] = /^(\d{4})-(\d{1,2})-(\d{1,2})(?: (\d{1,2}):)?/.exec(text) ?? []
  const time = parseTimestamp(text)
  if (time === undefined) return
  const isDay = Number(day) <= daysInMonth(Number(year), Number(month))
  if (isDay && hour !== '24') return
  addWarning(statement, {
    message: `'${text}' is read as ${shortTimestampText(time)}`,
    hint: isDay ? 'the hours of a day are 0 to 23' : `${year}-${month} has no day ${day}`,
    range,
  })
}

/** Functions that read a time from a text. */
const READS_TIMES: ReadonlySet<string> = new Set(['TO_TIMESTAMP', 'TO_TIMESTAMP_LTZ', 'TO_DATE'])
const PLAIN_FORM = "without a pattern the form is '2026-03-01 10:00:00'"
/** 9999-12-31 in days since 1970. */
const LAST_DAY = 2_932_896

/** A call of constants alone that is NULL, or UNIX_TIMESTAMP's value for a text that does not fit. */
function adviceOnFolded({ name, operands, value }: BoundFunction, written: string): Advice | undefined {
  if (value.kind !== 'literal' || operands.length === 0) return undefined
  if (!operands.every((each) => each.kind === 'literal' && each.value !== null)) return undefined
  if (name === 'UNIX_TIMESTAMP' && BigInt(Number(value.value)) === UNREADABLE)
    return { message: `${written} is ${UNREADABLE}: the text cannot be read so`, hint: PLAIN_FORM }
  if (name === 'TO_DATE' && Number(value.value) > LAST_DAY)
    return { message: `${written} is a day after the year 9999: the text cannot be read so`, hint: PLAIN_FORM }
  if (value.value !== null) return undefined
  if (READS_TIMES.has(name) || name === 'DATE_FORMAT' || name === 'CONVERT_TZ') {
    const hint = READS_TIMES.has(name) ? PLAIN_FORM : "the form is '2026-03-01 10:00:00'"
    return { message: `${written} is NULL: the text cannot be read so`, hint }
  }
  return { message: `${written} is NULL in every row`, hint: 'leave it out, or change its arguments' }
}

/** Patterns of other dialects that are read as Java's. */
function adviceOnLetters({ operands: [, pattern] }: BoundFunction): Advice | undefined {
  const text = pattern?.kind === 'literal' && pattern.value !== null ? literalText(pattern) : undefined
  const letters = text?.replace(/'[^']*'/g, '') ?? ''
  const hint = "write DATE_FORMAT(ts, 'yyyy-MM-dd HH:mm:ss')"
  if (letters.includes('%'))
    return { message: `'${text}' has %, which is put out as it is: the letters are Java's`, hint }
  if (/Y|D/.test(letters)) return { message: `in '${text}', Y is the year of the week and D the day of the year`, hint }
  return undefined
}

const RULES: ReadonlyMap<string, (call: BoundFunction) => Advice | undefined> = new Map([
  ...[
    'REGEXP',
    'REGEXP_EXTRACT',
    'REGEXP_EXTRACT_ALL',
    'REGEXP_SUBSTR',
    'REGEXP_INSTR',
    'REGEXP_REPLACE',
    'REGEXP_COUNT',
  ].map((name) => [name, adviceOnPattern] as const),
  ['PARSE_URL', adviceOnPart],
  ['CONVERT_TZ', adviceOnZone],
  ['TO_TIMESTAMP', adviceOnTimePattern],
  ['DATE_FORMAT', adviceOnLetters],
  ...['JSON_VALUE', 'JSON_QUERY', 'JSON_EXISTS'].map((name) => [name, adviceOnPath] as const),
])

function adviceOnPattern({ name, operands: [, pattern, group] }: BoundFunction): Advice | undefined {
  const text = pattern && literalText(pattern)
  if (text === undefined) return undefined
  const result = name === 'REGEXP' ? 'FALSE' : 'NULL'
  const tree = readRegex(text, name.startsWith('REGEXP_EXTRACT') ? 'asked' : 'unasked')
  if (tree === undefined) {
    const hint = String.raw`for a sign itself write a backslash before it: \( \[ \*`
    return { message: `the pattern '${text}' cannot be read: ${name} is ${result} in every row`, hint }
  }
  if (!name.startsWith('REGEXP_EXTRACT')) return undefined
  const isSaid = group?.kind === 'literal' && group.value !== null
  if (!isSaid && (name === 'REGEXP_EXTRACT' || group !== undefined)) return undefined
  const [wanted, count] = [isSaid ? Number(group.value) : 1, groupsIn(tree)]
  if (wanted >= 0 && wanted <= count) return undefined
  const has = count === 0 ? 'no group' : counted(count, 'group')
  const hint = count === 0 ? 'put parentheses around the part that is wanted' : `the groups are 1 to ${count}; 0 is all`
  return { message: `the pattern '${text}' has ${has}: group ${wanted} is NULL in every row`, hint }
}

/** A path that is none makes each row what it is in case of an error. One that is strict is never empty, except at a null. */
function adviceOnPath({ name, operands: [, path], value }: BoundFunction): Advice | undefined {
  const text = path && literalText(path)
  if (text === undefined) return undefined
  const { problem, mode } = parsePath(text)
  if (problem !== undefined) {
    return {
      message: `'${text}' is no path: ${problem}`,
      hint: "a path is like '$.name', '$.list[0]' or '$[''a name'']'",
    }
  }
  const keywords = value.kind === 'call' ? (value.keywords ?? []) : []
  const clause = keywords.find((keyword) => keyword.endsWith(' ON EMPTY') && keyword !== 'NULL ON EMPTY')
  if (mode === 'lax' || clause === undefined) return undefined
  const message = `${name} is strict: where nothing is at '${text}', ON ERROR counts and not ${clause}`
  return { message, hint: `write 'lax ${text.replace(/^\s*strict\s+/i, '')}'` }
}

function adviceOnTimePattern({ operands: [, pattern] }: BoundFunction): Advice | undefined {
  const text = pattern && literalText(pattern)
  if (text === undefined || timeParser(text) !== undefined) return undefined
  const message = `'${text}' is no pattern of times: TO_TIMESTAMP is NULL in every row`
  return { message, hint: "a pattern is like 'yyyy-MM-dd HH:mm:ss', with other words in quotes" }
}

const URL_PARTS = ['HOST', 'PATH', 'QUERY', 'REF', 'PROTOCOL', 'AUTHORITY', 'FILE', 'USERINFO']

function adviceOnPart({ operands: [, part, key] }: BoundFunction): Advice | undefined {
  const text = part && literalText(part)
  if (text === undefined) return undefined
  if (!URL_PARTS.includes(text)) {
    const near = nearest(text, URL_PARTS)
    const hint = near === undefined ? `the parts are ${URL_PARTS.join(', ')}` : `did you mean '${near}'?`
    return { message: `a URL has no part '${text}': PARSE_URL is NULL in every row`, hint }
  }
  if (key === undefined || text === 'QUERY') return undefined
  return { message: `'${text}' has no keys: PARSE_URL is NULL in every row`, hint: "only 'QUERY' has keys" }
}

function adviceOnZone({ operands: [, ...zones] }: BoundFunction): Advice | undefined {
  for (const zone of zones) {
    const name = literalText(zone)
    if (name === undefined) continue
    if (javaZone(name) !== undefined) continue
    const hint = isBareOffset(name)
      ? `an offset stands behind GMT: '${name.replace(/^(?:UTC|UT)?/, 'GMT')}'`
      : "zones have names like 'Europe/Berlin'"
    return { message: `there is no zone '${name}': CONVERT_TZ takes it for GMT, as Flink does`, hint }
  }
  return undefined
}
