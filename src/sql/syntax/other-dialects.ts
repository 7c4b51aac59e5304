/**
 * What other dialects of SQL call by other names or write with other signs. An advice is a text that can be written here. A test
 * plans every text.
 */

/**
 * `write`: the text that has the meaning here. `of`: the words in it that stand for the arguments of the other function, in their
 * order, for each number of arguments that it may have.
 */
export type Advice = { readonly write: string; readonly of: readonly (readonly string[])[] }

/** The advice as a hint; with the written arguments of the call in their places, where these are known. */
export function hintFor({ write: text, of }: Advice, written: readonly string[] = []): string {
  const words = of.find(({ length }) => length === written.length)
  if (words === undefined || words.length === 0) return `write ${text}`
  const parts = words.map((word) => (/^\w+$/.test(word) ? `\\b${word}\\b` : word.replace(/[^\w\s]/g, '\\$&')))
  const filled = text.replace(new RegExp(parts.join('|'), 'g'), (word) => (written[words.indexOf(word)] ?? word).trim())
  return `write ${filled}`
}

/** `of`: the words for its arguments, each list with blanks between them. */
export const write = (text: string, ...of: readonly string[]): Advice => ({
  write: text,
  of: of.map((words) => words.split(' ')),
})

const LISTED = write("LISTAGG(text, ',')", 'text', "text ','")
const MIDDLE = write('PERCENTILE(value, 0.5)', 'value', 'value 0.5')
const MIDDLE_FIRST = write('PERCENTILE(value, 0.5)', '0.5')
const GATHERED = write('ARRAY_AGG(value)', 'value')
const SKETCHED = write('APPROX_COUNT_DISTINCT(value)', 'value')
export const JSON_PART: Advice = write("JSON_VALUE(text, '$.name')", "text '$.name'")
const FLOORED = write('FLOOR(ts TO DAY), or read windows of any length with TUMBLE in FROM')
const SHOWN = write("DATE_FORMAT(ts, 'yyyy-MM-dd')")
export const MATCHED: Advice = write("REGEXP(text, 'pattern')", "text 'pattern'")
const COUNTED = write('COUNT(*) FILTER (WHERE condition)', 'condition')
const SUMMED = write('SUM(number) FILTER (WHERE condition)', 'number condition')
const PART = write('EXTRACT(DAY FROM ts)')
const MOVED = write("ts + INTERVAL '1' DAY")
const BETWEEN_TIMES = write('TIMESTAMPDIFF(DAY, earlier, later)')
const ONE_OF = write('MAX(value)', 'value')
const ITEMS = write('list[1], or with CROSS JOIN UNNEST(list) AS item in FROM a row for each element')
const LENGTH = write('CARDINALITY(list)', 'list', 'list 1')
const FOUND = write("ARRAY_CONTAINS(list, 'a')", "list 'a'")
const NAMED = write('CAST(ROW(a, b) AS ROW<x DOUBLE, y DOUBLE>)')
const CHOSEN = write('IF(condition, a, b)', 'condition a b')
const SECONDS = write('EXTRACT(EPOCH FROM ts)', 'ts')
const DISTINCT = write('COUNT(DISTINCT value)', 'value')
const LATEST = write('LAST_VALUE(value), or MAX(value) of rows with the greatest time', 'value time')
const ALL_TRUE = write('COUNT(*) = COUNT(*) FILTER (WHERE condition)', 'condition')
const ANY_TRUE = write('COUNT(*) FILTER (WHERE condition) > 0', 'condition')
const CUT = write("SPLIT(text, ',')", "text ','")
/** Keeps one row of each key. */
export const FIRST_OF_KEY: string = 'QUALIFY ROW_NUMBER() OVER (PARTITION BY k ORDER BY …) = 1'
export const POWERED: Advice = write('POWER(a, b)', 'a b')

/** By the name in upper case. */
export const OTHER_FUNCTIONS: ReadonlyMap<string, Advice> = new Map([
  ['LENGTH', write('CHAR_LENGTH(text)', 'text')],
  ['LEN', write('CHAR_LENGTH(text)', 'text')],
  ['NVL', write('COALESCE(a, b)', 'a b')],
  ['NVL2', write('CASE WHEN value IS NOT NULL THEN a ELSE b END', 'value a b')],
  ['IFF', CHOSEN],
  ['IIF', CHOSEN],
  ['MULTIIF', write('CASE WHEN condition THEN a ELSE b END', 'condition a b')],
  ['ISNULL', write('value IS NULL', 'value')],
  ['LCASE', write('LOWER(text)', 'text')],
  ['UCASE', write('UPPER(text)', 'text')],
  ['TRUNC', write('TRUNCATE(number, 2)', 'number 2')],
  ['STRPOS', write('POSITION(part IN text)', 'text part')],
  ['CHARINDEX', write('POSITION(part IN text)', 'part text')],
  ['CONTAINS', write('POSITION(part IN text) > 0', 'text part')],
  ['STARTS_WITH', write('STARTSWITH(text, part)', 'text part')],
  ['ENDS_WITH', write('ENDSWITH(text, part)', 'text part')],
  ['SPLIT_PART', write("SPLIT_INDEX(text, ',', 0), which counts from 0")],
  ['SUBSTRING_INDEX', write("SPLIT_INDEX(text, ',', 0), which counts from 0")],
  ['SPLITBYCHAR', write("SPLIT(text, ',')", "',' text")],
  ['SPLITBYSTRING', write("SPLIT(text, ',')", "',' text")],
  ['STRING_SPLIT', CUT],
  ['STR_SPLIT', CUT],
  ['STRING_TO_ARRAY', CUT],
  ['RLIKE', MATCHED],
  ['REGEXP_LIKE', MATCHED],
  ['REGEXP_MATCH', MATCHED],
  ['REGEXP_MATCHES', MATCHED],
  ['ILIKE', write('LOWER(text) LIKE LOWER(pattern)', 'text pattern')],
  ['MATCH', MATCHED],
  ['DATE', write('CAST(ts AS DATE)', 'ts')],
  ['TODATE', write('CAST(ts AS DATE)', 'ts')],
  ['TODATETIME', write('CAST(ts AS TIMESTAMP(3))', 'ts')],
  ['TODAY', write('CURRENT_DATE')],
  ['YESTERDAY', write("CURRENT_DATE - INTERVAL '1' DAY")],
  ['TOSTRING', write('CAST(value AS STRING)', 'value')],
  ['STR', write('CAST(value AS STRING)', 'value')],
  ['TOINT32', write('CAST(value AS INT)', 'value')],
  ['TOINT64', write('CAST(value AS BIGINT)', 'value')],
  ['TOUINT64', write('CAST(value AS BIGINT)', 'value')],
  ['TOFLOAT64', write('CAST(value AS DOUBLE)', 'value')],
  ['TO_NUMBER', write('CAST(value AS DOUBLE)', 'value')],
  ['TOINT32ORNULL', write('TRY_CAST(value AS INT)', 'value')],
  ['CONVERT', write('CAST(value AS STRING)')],
  ['TRY_CONVERT', write('TRY_CAST(value AS INT)')],
  ['SAFE_CAST', write('TRY_CAST(value AS INT)')],
  ['TIMESTAMP', write('CAST(ts AS TIMESTAMP(3))', 'ts')],
  ['DAY', write('DAYOFMONTH(ts)', 'ts')],
  ['DATE_PART', PART],
  ['DATEPART', PART],
  ['DATE_TRUNC', FLOORED],
  ['TOSTARTOFMINUTE', write('FLOOR(ts TO MINUTE)', 'ts')],
  ['TOSTARTOFHOUR', write('FLOOR(ts TO HOUR)', 'ts')],
  ['TOSTARTOFDAY', write('FLOOR(ts TO DAY)', 'ts')],
  ['TOSTARTOFWEEK', write('FLOOR(ts TO WEEK)', 'ts')],
  ['TOSTARTOFMONTH', write('FLOOR(ts TO MONTH)', 'ts')],
  ['TOSTARTOFYEAR', write('FLOOR(ts TO YEAR)', 'ts')],
  ['TOSTARTOFFIVEMINUTES', FLOORED],
  ['TOSTARTOFFIFTEENMINUTES', FLOORED],
  ['TOSTARTOFINTERVAL', FLOORED],
  ['TIMESTAMP_TRUNC', FLOORED],
  ['DATETIME_TRUNC', FLOORED],
  ['TIME_TRUNC', FLOORED],
  ['TIME_BUCKET', FLOORED],
  ['DATE_BIN', FLOORED],
  ['STRFTIME', SHOWN],
  ['FORMATDATETIME', SHOWN],
  ['TO_CHAR', SHOWN],
  ['FORMAT_DATE', SHOWN],
  ['FORMAT_TIMESTAMP', SHOWN],
  ['STRPTIME', write("TO_TIMESTAMP(text, 'yyyy-MM-dd HH:mm:ss')")],
  ['STR_TO_DATE', write("TO_DATE(text, 'yyyy-MM-dd')")],
  ['DATE_ADD', MOVED],
  ['DATEADD', MOVED],
  ['DATE_SUB', write("ts - INTERVAL '1' DAY")],
  ['DATEDIFF', BETWEEN_TIMES],
  ['DATE_DIFF', BETWEEN_TIMES],
  ['TIMESTAMP_DIFF', BETWEEN_TIMES],
  ['TIME_DIFF', BETWEEN_TIMES],
  ['AGE', BETWEEN_TIMES],
  ['GETDATE', write('CURRENT_TIMESTAMP')],
  ['SYSDATE', write('CURRENT_TIMESTAMP')],
  ['UNIXEPOCH', SECONDS],
  ['EPOCH', SECONDS],
  ['EPOCH_MS', write("TIMESTAMPDIFF(SECOND, TIMESTAMP '1970-01-01 00:00:00', ts) * CAST(1000 AS BIGINT)")],
  ['TOUNIXTIMESTAMP', SECONDS],
  ['TO_UNIXTIME', SECONDS],
  ['FROM_EPOCH', write('TO_TIMESTAMP_LTZ(number, 0)', 'number')],
  ['COUNT_IF', COUNTED],
  ['COUNTIF', COUNTED],
  ['SUM_IF', SUMMED],
  ['SUMIF', SUMMED],
  ['AVGIF', write('AVG(number) FILTER (WHERE condition)', 'number condition')],
  ['ANY_VALUE', ONE_OF],
  ['ARBITRARY', ONE_OF],
  ['ANY', ONE_OF],
  ['ARGMAX', LATEST],
  ['ARG_MAX', LATEST],
  ['MAX_BY', LATEST],
  ['BOOL_AND', ALL_TRUE],
  ['EVERY', ALL_TRUE],
  ['BOOL_OR', ANY_TRUE],
  ['SOME', ANY_TRUE],
  ['UNIQ', SKETCHED],
  ['UNIQEXACT', DISTINCT],
  ['UNIQCOMBINED', SKETCHED],
  ['COUNTDISTINCT', DISTINCT],
  ['APPROX_DISTINCT', SKETCHED],
  ['HLL_COUNT', SKETCHED],
  ['COLLECT_LIST', GATHERED],
  ['COLLECT_SET', write('ARRAY_AGG(DISTINCT value)', 'value')],
  ['GROUPARRAY', GATHERED],
  ['GROUPUNIQARRAY', write('ARRAY_AGG(DISTINCT value)', 'value')],
  ['LIST', GATHERED],
  ['GROUP_ARRAY', GATHERED],
  ['FIRST', write('FIRST_VALUE(value)', 'value')],
  ['LAST', write('LAST_VALUE(value)', 'value')],
  ['ANYLAST', write('LAST_VALUE(value)', 'value')],
  ['JSON_GROUP_ARRAY', write('JSON_ARRAYAGG(value)', 'value')],
  ['JSON_OBJECT_AGG', write('JSON_OBJECTAGG(KEY text VALUE value)', 'text value')],
  ['JSON_GROUP_OBJECT', write('JSON_OBJECTAGG(KEY text VALUE value)', 'text value')],
  ['RANDOM', write('RAND()')],
  ['JSON_AGG', write('JSON_ARRAYAGG(value)', 'value')],
  ['MEAN', write('AVG(CAST(value AS DOUBLE))', 'value')],
  ['POW', POWERED],
  ['DIV', write('a / b', 'a b')],
  ['STRING_AGG', LISTED],
  ['GROUP_CONCAT', LISTED],
  ['MODE', write('COLLECT(value), which has how often each value is there', 'value')],
  ['HISTOGRAM', write('COLLECT(value), which has how often each value is there', 'value')],
  ['CORR', write('(AVG(a * b) - AVG(a) * AVG(b)) / (STDDEV_POP(a) * STDDEV_POP(b)), with DOUBLEs')],
  ['RATIO_TO_REPORT', write('CAST(number AS DOUBLE) / SUM(number) OVER ()', 'number')],
  ['MEDIAN', MIDDLE],
  ['QUANTILE', MIDDLE],
  ['QUANTILE_CONT', MIDDLE],
  ['PERCENTILE_CONT', MIDDLE_FIRST],
  ['PERCENTILE_DISC', MIDDLE_FIRST],
  ['PERCENTILE_APPROX', MIDDLE],
  ['APPROX_PERCENTILE', MIDDLE],
  ['APPROX_QUANTILE', MIDDLE],
  ['UNNEST', ITEMS],
  ['EXPLODE', ITEMS],
  ['ARRAYJOIN', ITEMS],
  ['FLATTEN', ITEMS],
  ['JSON_ARRAY_ELEMENTS', ITEMS],
  ['ARRAY_LENGTH', LENGTH],
  ['ARRAY_SIZE', LENGTH],
  ['SIZE', LENGTH],
  ['LIST_CONTAINS', FOUND],
  ['ARRAY_HAS', FOUND],
  ['STRUCT', NAMED],
  ['NAMED_STRUCT', NAMED],
  ['STRUCT_PACK', NAMED],
  ['JSON_EXTRACT', JSON_PART],
  ['JSON_EXTRACT_SCALAR', JSON_PART],
  ['JSONEXTRACTSTRING', write("JSON_VALUE(text, '$.name')")],
  ['JSONEXTRACTINT', write("CAST(JSON_VALUE(text, '$.name') AS BIGINT)")],
  ['JSON_EXTRACT_STRING', JSON_PART],
  ['GET_JSON_OBJECT', JSON_PART],
])

const UNITS: ReadonlySet<string> = new Set('SECOND MINUTE HOUR DAY WEEK MONTH QUARTER YEAR'.split(' '))

/** The hint for a call of a function of another dialect; undefined where it is none that is known. */
export function otherFunctionHint(name: string, written: readonly string[]): string | undefined {
  const advice = OTHER_FUNCTIONS.get(name)
  if (advice === undefined) return undefined
  // GROUP_CONCAT(a ORDER BY b SEPARATOR ',') and LEN(ARRAY[…]).
  const texts = written
    .flatMap((text) => text.split(/\s+SEPARATOR\s+/i))
    .map((text) => text.replace(/\s+ORDER\s+BY\s.*$/i, ''))
  if (/^LEN(GTH)?$/.test(name) && /^ARRAY\s*\[/i.test(texts[0] ?? '')) return hintFor(LENGTH, texts)
  return flooredHint(name, texts) ?? unitHint(name, texts) ?? hintFor(advice, texts)
}

/** Of DATEADD(day, 1, ts), DATEDIFF('day', a, b) and their like, with the unit first; undefined for others. */
function unitHint(name: string, written: readonly string[]): string | undefined {
  const [first = '', second = '', third = ''] = written.map((text) => text.trim())
  const unit = first.replaceAll("'", '').toUpperCase().replace(/S$/, '')
  if (!UNITS.has(unit)) return undefined
  const advice = OTHER_FUNCTIONS.get(name)
  if (advice === PART && written.length === 2) return `write EXTRACT(${unit} FROM ${second})`
  if (written.length !== 3) return undefined
  if (advice === MOVED) return `write ${third} + INTERVAL '${second.replaceAll("'", '')}' ${unit}`
  return advice === BETWEEN_TIMES ? `write TIMESTAMPDIFF(${unit}, ${second}, ${third})` : undefined
}

/** FLOOR(ts TO HOUR) for the written arguments of DATE_TRUNC('hour', ts), in either order; undefined for others. */
function flooredHint(name: string, written: readonly string[]): string | undefined {
  if (OTHER_FUNCTIONS.get(name) !== FLOORED || written.length !== 2) return undefined
  const words = written.map((text) => text.replaceAll("'", '').trim().toUpperCase())
  const at = words.findIndex((text) => UNITS.has(text))
  return at === -1 ? undefined : `write FLOOR(${(written[1 - at] ?? 'ts').trim()} TO ${words[at]})`
}

/** The texts of the arguments of a call whose parenthesis opens at `open`; none where it does not close. */
export function argumentTexts(sql: string, open: number): readonly string[] {
  const texts: string[] = []
  let depth = 0
  let from = open + 1
  for (let at = open; at < sql.length; at++) {
    const sign = sql[at]
    if (sign === "'") at = sql.indexOf("'", at + 1) === -1 ? sql.length : sql.indexOf("'", at + 1)
    else if (sign === '(' || sign === '[') depth++
    else if (sign === ')' || sign === ']') {
      depth--
      if (depth > 0) continue
      const last = sql.slice(from, at).trim()
      return texts.length === 0 && last === '' ? [] : [...texts, last]
    } else if (sign === ',' && depth === 1) {
      texts.push(sql.slice(from, at).trim())
      from = at + 1
    }
  }
  return []
}
