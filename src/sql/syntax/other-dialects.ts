/**
 * What other dialects of SQL call by other names or write with other signs. An advice is a text that can be written here. A test
 * plans every text.
 */

/** `write`: the text that has the meaning here. */
export type Advice = { readonly write: string }

/** The advice as a hint. */
export const hintFor = (advice: Advice): string => `write ${advice.write}`

const write = (text: string): Advice => ({ write: text })

const LISTED = write("LISTAGG(value, ',')")
const MIDDLE = write('PERCENTILE(value, 0.5)')
const GATHERED = write('ARRAY_AGG(value)')
const SKETCHED = write('APPROX_COUNT_DISTINCT(value)')
const JSON_PART = write("JSON_VALUE(text, '$.name')")
const FLOORED = write('FLOOR(ts TO DAY), or read windows of any length with TUMBLE in FROM')
const SHOWN = write("DATE_FORMAT(ts, 'yyyy-MM-dd')")
const MATCHED = write("REGEXP(text, 'pattern')")
const COUNTED = write('COUNT(*) FILTER (WHERE condition)')
const PART = write('EXTRACT(DAY FROM ts)')
const MOVED = write("ts + INTERVAL '1' DAY")
const BETWEEN_TIMES = write('TIMESTAMPDIFF(DAY, earlier, later)')
const ONE_OF = write('MAX(value)')
const ITEMS = write('list[1], or with CROSS JOIN UNNEST(list) AS item in FROM a row for each element')
const LENGTH = write('CARDINALITY(list)')
const FOUND = write("ARRAY_CONTAINS(list, 'a')")
const NAMED = write('CAST(ROW(a, b) AS ROW<x DOUBLE, y DOUBLE>)')

/** By the name in upper case. */
export const OTHER_FUNCTIONS: ReadonlyMap<string, Advice> = new Map([
  ['LENGTH', write('CHAR_LENGTH(text)')],
  ['LEN', write('CHAR_LENGTH(text)')],
  ['NVL', write('COALESCE(a, b)')],
  ['IFF', write('IF(condition, a, b)')],
  ['ISNULL', write('value IS NULL')],
  ['LCASE', write('LOWER(text)')],
  ['UCASE', write('UPPER(text)')],
  ['TRUNC', write('TRUNCATE(number, 2)')],
  ['STRPOS', write('POSITION(part IN text)')],
  ['CHARINDEX', write('POSITION(part IN text)')],
  ['CONTAINS', write("text LIKE '%part%'")],
  ['STARTS_WITH', write("text LIKE 'part%'")],
  ['ENDS_WITH', write("text LIKE '%part'")],
  ['SPLIT_PART', write("SPLIT_INDEX(text, ',', 0), which counts from 0")],
  ['RLIKE', MATCHED],
  ['REGEXP_LIKE', MATCHED],
  ['REGEXP_MATCH', MATCHED],
  ['REGEXP_MATCHES', MATCHED],
  ['ILIKE', write('LOWER(text) LIKE LOWER(pattern)')],
  ['DATE', write('CAST(value AS DATE)')],
  ['TIMESTAMP', write('CAST(value AS TIMESTAMP(3))')],
  ['DAY', write('DAYOFMONTH(ts)')],
  ['DATE_PART', PART],
  ['DATEPART', PART],
  ['DATE_TRUNC', FLOORED],
  ['TIMESTAMP_TRUNC', FLOORED],
  ['DATETIME_TRUNC', FLOORED],
  ['TIME_TRUNC', FLOORED],
  ['TIME_BUCKET', FLOORED],
  ['DATE_BIN', FLOORED],
  ['STRFTIME', SHOWN],
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
  ['UNIXEPOCH', write('EXTRACT(EPOCH FROM ts)')],
  ['TO_UNIXTIME', write('EXTRACT(EPOCH FROM ts)')],
  ['FROM_EPOCH', write('TO_TIMESTAMP_LTZ(number, 0)')],
  ['COUNT_IF', COUNTED],
  ['COUNTIF', COUNTED],
  ['SUM_IF', write('SUM(number) FILTER (WHERE condition)')],
  ['SUMIF', write('SUM(number) FILTER (WHERE condition)')],
  ['ANY_VALUE', ONE_OF],
  ['ARBITRARY', ONE_OF],
  ['UNIQ', write('COUNT(DISTINCT value)')],
  ['APPROX_DISTINCT', SKETCHED],
  ['HLL_COUNT', SKETCHED],
  ['COLLECT_LIST', GATHERED],
  ['COLLECT_SET', write('ARRAY_AGG(DISTINCT value)')],
  ['GROUP_ARRAY', GATHERED],
  ['FIRST', write('FIRST_VALUE(value)')],
  ['LAST', write('LAST_VALUE(value)')],
  ['JSON_GROUP_ARRAY', write('JSON_ARRAYAGG(value)')],
  ['MEAN', write('AVG(CAST(value AS DOUBLE))')],
  ['STRING_AGG', LISTED],
  ['GROUP_CONCAT', LISTED],
  ['MEDIAN', MIDDLE],
  ['QUANTILE', MIDDLE],
  ['QUANTILE_CONT', MIDDLE],
  ['PERCENTILE_CONT', MIDDLE],
  ['PERCENTILE_DISC', MIDDLE],
  ['PERCENTILE_APPROX', MIDDLE],
  ['APPROX_PERCENTILE', MIDDLE],
  ['APPROX_QUANTILE', MIDDLE],
  ['UNNEST', ITEMS],
  ['EXPLODE', ITEMS],
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
  ['JSON_EXTRACT_STRING', JSON_PART],
  ['GET_JSON_OBJECT', JSON_PART],
])

const UNITS: ReadonlySet<string> = new Set('SECOND MINUTE HOUR DAY WEEK MONTH QUARTER YEAR'.split(' '))

/** FLOOR(ts TO HOUR) for the written arguments of DATE_TRUNC('hour', ts), in either order; undefined for others. */
export function flooredHint(name: string, written: readonly string[]): string | undefined {
  if (OTHER_FUNCTIONS.get(name) !== FLOORED || written.length !== 2) return undefined
  const words = written.map((text) => text.replaceAll("'", '').trim().toUpperCase())
  const at = words.findIndex((text) => UNITS.has(text))
  return at === -1 ? undefined : `write FLOOR(${(written[1 - at] ?? 'ts').trim()} TO ${words[at]})`
}

/** Signs, and a text of the same meaning. */
export const OTHER_SIGNS: ReadonlyMap<string, Advice> = new Map([
  ['==', write('a = b')],
  ['!=', write('a <> b')],
  ['&&', write('condition AND condition')],
  ['::', write('CAST(value AS STRING)')],
  ['->', JSON_PART],
  ['->>', JSON_PART],
  ['~', MATCHED],
  ['~*', MATCHED],
  ['!~', write("NOT REGEXP(text, 'pattern')")],
])
