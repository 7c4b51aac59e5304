/** Typed random expressions over the columns of the tables, as text. */
import * as fc from 'fast-check'

/** The types of columns and of expressions. */
export const TYPES = [
  'INT',
  'BIGINT',
  'DOUBLE',
  'DECIMAL',
  'STRING',
  'BOOLEAN',
  'DATE',
  'TIMESTAMP',
  'ARRAY',
  'SMALLINT',
  'FLOAT',
  'BYTES',
] as const
export type TypeName = (typeof TYPES)[number]

/** The columns that every table has, by type. */
export const COLUMNS: Readonly<Record<TypeName, readonly string[]>> = {
  INT: ['i', 'j'],
  BIGINT: ['l'],
  DOUBLE: ['d'],
  DECIMAL: ['c'],
  STRING: ['s', 'k'],
  BOOLEAN: ['b'],
  DATE: ['dt'],
  TIMESTAMP: ['ts'],
  ARRAY: ['ARRAY[j, i]'],
  SMALLINT: ['n'],
  FLOAT: ['f'],
  BYTES: ['CAST(s AS BYTES)'],
}

const LITERALS: Readonly<Record<TypeName, readonly string[]>> = {
  INT: ['0', '1', '2', '7', '-3', '100', '2147483647', 'CAST(NULL AS INT)'],
  BIGINT: ['CAST(0 AS BIGINT)', 'CAST(12 AS BIGINT)', '9223372036854775807', 'CAST(NULL AS BIGINT)'],
  DOUBLE: ['0e0', '1.5e0', '-2.25e0', '1e10', 'CAST(NULL AS DOUBLE)'],
  DECIMAL: ['0.00', '1.25', '-99.50', 'CAST(NULL AS DECIMAL(10, 2))'],
  STRING: ["''", "'a'", "'ab'", "'Abc d'", "'é'", "'10'", "'%'", 'CAST(NULL AS STRING)'],
  BOOLEAN: ['TRUE', 'FALSE', 'CAST(NULL AS BOOLEAN)'],
  DATE: ["DATE '2024-02-29'", "DATE '1969-12-31'", 'CAST(NULL AS DATE)'],
  TIMESTAMP: ["TIMESTAMP '2024-02-29 12:34:56.789'", 'CAST(NULL AS TIMESTAMP(3))'],
  ARRAY: ['ARRAY[1, 2, 2]', 'ARRAY[7]', 'CAST(NULL AS ARRAY<INT>)'],
  SMALLINT: ['CAST(5 AS SMALLINT)', 'CAST(-32768 AS SMALLINT)', 'CAST(NULL AS SMALLINT)'],
  FLOAT: ['CAST(1.1 AS FLOAT)', 'CAST(-0.25 AS FLOAT)', 'CAST(NULL AS FLOAT)'],
  BYTES: ["X'4142'", "X''", 'CAST(NULL AS BYTES)'],
}

/** `$TYPE` stands for an expression of the type, `#TYPE` for a literal. */
const FORMS: Readonly<Record<TypeName, readonly string[]>> = {
  INT: [
    ...['$INT + $INT', '$INT - $INT', '$INT * $INT', '$INT / 7', 'MOD($INT, 5)', 'ABS($INT)', '-($INT)', 'SIGN($INT)'],
    ...['CHAR_LENGTH($STRING)', 'POSITION($STRING IN $STRING)', 'ASCII($STRING)', 'CAST($DOUBLE AS INT)'],
    ...['TRY_CAST($STRING AS INT)', 'CASE WHEN $BOOLEAN THEN $INT ELSE $INT END', 'COALESCE($INT, $INT)'],
    ...['NULLIF($INT, $INT)', 'GREATEST($INT, $INT)', 'LEAST($INT, $INT, $INT)', 'IF($BOOLEAN, $INT, $INT)'],
    ...[
      'TIMESTAMPDIFF(DAY, $TIMESTAMP, $TIMESTAMP)',
      'CAST($DECIMAL AS INT)',
      'CASE $STRING WHEN #STRING THEN $INT END',
    ],
  ],
  BIGINT: [
    ...['$BIGINT + $SMALLINT', 'CAST($FLOAT AS BIGINT)', 'CAST($SMALLINT AS BIGINT)'],
    ...['$BIGINT + $INT', '$BIGINT * $BIGINT', '$BIGINT / 3', 'CAST($INT AS BIGINT)', 'ABS($BIGINT)'],
    ...['EXTRACT(DAY FROM $DATE)', 'EXTRACT(HOUR FROM $TIMESTAMP)', 'YEAR($DATE)', 'DAYOFWEEK($DATE)', 'WEEK($DATE)'],
    ...[
      'EXTRACT(WEEK FROM $DATE)',
      'EXTRACT(DOY FROM $DATE)',
      'EXTRACT(QUARTER FROM $TIMESTAMP)',
      'EXTRACT(SECOND FROM $TIMESTAMP)',
    ],
    ...[
      'EXTRACT(CENTURY FROM $DATE)',
      'EXTRACT(EPOCH FROM $TIMESTAMP)',
      'EXTRACT(MILLISECOND FROM $TIMESTAMP)',
      'MONTH($TIMESTAMP)',
    ],
    ...[
      'EXTRACT(DECADE FROM $DATE)',
      'EXTRACT(ISODOW FROM $DATE)',
      'EXTRACT(ISOYEAR FROM $DATE)',
      'MINUTE($TIMESTAMP)',
      'DAYOFYEAR($DATE)',
    ],
    ...[
      'UNIX_TIMESTAMP(CAST($TIMESTAMP AS STRING))',
      'CAST($DOUBLE AS BIGINT)',
      'TRY_CAST($STRING AS BIGINT)',
      '$BIGINT - $BIGINT',
    ],
    ...[
      'CEIL($BIGINT)',
      'GREATEST($BIGINT, $BIGINT)',
      'NULLIF($BIGINT, $BIGINT)',
      '$BIGINT / $BIGINT',
      'CAST($DECIMAL AS BIGINT)',
    ],
    ...['COALESCE($BIGINT, $BIGINT)', 'CASE WHEN $BOOLEAN THEN $BIGINT END', 'MOD($BIGINT, CAST(7 AS BIGINT))'],
  ],
  DOUBLE: [
    ...['$DOUBLE + $FLOAT', 'CAST($FLOAT AS DOUBLE)'],
    ...['$DOUBLE + $DOUBLE', '$DOUBLE * $INT', '$DOUBLE / $DOUBLE', 'CAST($INT AS DOUBLE)', 'ABS($DOUBLE)'],
    ...['ROUND($DOUBLE, 1)', 'FLOOR($DOUBLE)', 'CEIL($DOUBLE)', 'SQRT($DOUBLE)', 'CAST($DECIMAL AS DOUBLE)'],
    ...[
      'COALESCE($DOUBLE, $DOUBLE)',
      'CASE WHEN $BOOLEAN THEN $DOUBLE ELSE $DOUBLE END',
      'TRY_CAST($STRING AS DOUBLE)',
    ],
  ],
  DECIMAL: [
    ...['$DECIMAL + $DECIMAL', '$DECIMAL - $INT', '$DECIMAL * $DECIMAL', 'ABS($DECIMAL)', 'ROUND($DECIMAL, 1)'],
    ...[
      '$DECIMAL / $INT',
      '$DECIMAL / $DECIMAL',
      '$DECIMAL % $DECIMAL',
      '-($DECIMAL)',
      'CEIL($DECIMAL)',
      'SIGN($DECIMAL)',
      '$DECIMAL + $BIGINT',
    ],
    ...[
      'MOD($DECIMAL, 3)',
      'GREATEST($DECIMAL, $DECIMAL)',
      'TRY_CAST($STRING AS DECIMAL(8, 3))',
      'CAST($DECIMAL AS DECIMAL(5, 1))',
    ],
    ...[
      'NULLIF($DECIMAL, $DECIMAL)',
      'CAST($BIGINT AS DECIMAL(20, 0))',
      'ROUND($DECIMAL)',
      'IF($BOOLEAN, $DECIMAL, $DECIMAL)',
    ],
    ...['CAST($INT AS DECIMAL(12, 3))', 'TRUNCATE($DECIMAL, 1)', 'COALESCE($DECIMAL, $DECIMAL)', 'FLOOR($DECIMAL)'],
    ...['CAST($DOUBLE AS DECIMAL(10, 2))', 'CASE WHEN $BOOLEAN THEN $DECIMAL ELSE $DECIMAL END'],
  ],
  STRING: [
    ...[
      'CAST($FLOAT AS STRING)',
      'CAST($SMALLINT AS STRING)',
      "DECODE($BYTES, 'UTF-8')",
      'CAST(CAST($TIMESTAMP AS TIMESTAMP(6)) AS STRING)',
      'CAST(CAST($TIMESTAMP AS TIMESTAMP(0)) AS STRING)',
    ],
    ...['UPPER($STRING)', 'LOWER($STRING)', 'TRIM($STRING)', '$STRING || $STRING', 'CONCAT($STRING, $STRING)'],
    ...['SUBSTRING($STRING FROM 2)', 'SUBSTRING($STRING FROM $INT FOR 2)', 'REPLACE($STRING, #STRING, $STRING)'],
    ...[
      'LPAD($STRING, 5, #STRING)',
      'LEFT($STRING, 2)',
      'RIGHT($STRING, $INT)',
      'REVERSE($STRING)',
      'INITCAP($STRING)',
    ],
    ...['CAST($INT AS STRING)', 'CAST($DOUBLE AS STRING)', 'CAST($DECIMAL AS STRING)', 'CAST($TIMESTAMP AS STRING)'],
    ...['CAST($DATE AS STRING)', 'CAST($BOOLEAN AS STRING)', "DATE_FORMAT($TIMESTAMP, 'yyyy-MM-dd HH:mm')"],
    ...[
      "SPLIT_INDEX($STRING, 'b', 0)",
      "REGEXP_REPLACE($STRING, '[a-c]+', $STRING)",
      "REGEXP_EXTRACT($STRING, '([a-z])(.)', 2)",
    ],
    ...[
      'COALESCE($STRING, $STRING)',
      'CASE WHEN $BOOLEAN THEN $STRING ELSE $STRING END',
      'CONCAT_WS(#STRING, $STRING, $STRING)',
    ],
    ...[
      'OVERLAY($STRING PLACING $STRING FROM 2)',
      'TRANSLATE($STRING, #STRING, #STRING)',
      'MD5($STRING)',
      'REPEAT($STRING, 2)',
    ],
  ],
  BOOLEAN: [
    ...['$SMALLINT < $INT', '$FLOAT > $DOUBLE', '$BYTES = $BYTES', '$SMALLINT = $SMALLINT', '$FLOAT <= $FLOAT'],
    ...[
      '$INT = $INT',
      '$INT <> $INT',
      '$INT < $INT',
      '$BIGINT >= $BIGINT',
      '$DOUBLE > $DOUBLE',
      '$DECIMAL <= $DECIMAL',
    ],
    ...['$STRING = $STRING', '$STRING < $STRING', '$DATE > $DATE', '$TIMESTAMP < $TIMESTAMP', '$INT < $DECIMAL'],
    ...[
      '($BOOLEAN) AND ($BOOLEAN)',
      '($BOOLEAN) OR ($BOOLEAN)',
      'NOT ($BOOLEAN)',
      '($BOOLEAN) IS TRUE',
      '($BOOLEAN) IS NOT FALSE',
    ],
    ...['($INT) IS NULL', '($STRING) IS NOT NULL', '$INT BETWEEN $INT AND $INT', '$INT NOT BETWEEN $INT AND $INT'],
    ...[
      "$STRING LIKE 'a%'",
      "$STRING NOT LIKE '_b%'",
      '$INT IN (1, 2, 7)',
      "$STRING NOT IN ('a', 'ab')",
      '$INT IS DISTINCT FROM $INT',
    ],
    ...[
      '$ARRAY = $ARRAY',
      'ARRAY_CONTAINS($ARRAY, $INT)',
      '$STRING IS JSON',
      'TRY_CAST($STRING AS BOOLEAN)',
      '($BOOLEAN) IS UNKNOWN',
      '$STRING LIKE $STRING',
    ],
    ...[
      '$STRING BETWEEN $STRING AND $STRING',
      '$DATE = $DATE',
      '$TIMESTAMP >= $TIMESTAMP',
      '$BIGINT = $DECIMAL',
      '$DOUBLE <> $INT',
      '$DECIMAL = $DECIMAL',
    ],
    ...[
      'CASE WHEN $BOOLEAN THEN $BOOLEAN ELSE $BOOLEAN END',
      'COALESCE($BOOLEAN, $BOOLEAN)',
      "ENDSWITH($STRING, 'c')",
      '$BIGINT NOT IN (2, 12, 43)',
    ],
    ...["STARTSWITH($STRING, 'a')", "REGEXP($STRING, '^[ab]+$')", '$STRING IS NOT DISTINCT FROM $STRING'],
  ],
  DATE: [
    'CAST($TIMESTAMP AS DATE)',
    "$DATE + INTERVAL '1' DAY",
    "$DATE - INTERVAL '1' MONTH",
    'COALESCE($DATE, $DATE)',
  ],
  TIMESTAMP: [
    ...["$TIMESTAMP + INTERVAL '90' MINUTE", "$TIMESTAMP - INTERVAL '2' DAY", "$TIMESTAMP + INTERVAL '1' MONTH"],
    ...['FLOOR(($TIMESTAMP) TO HOUR)', 'CEIL(($TIMESTAMP) TO DAY)', 'TIMESTAMPADD(HOUR, 3, $TIMESTAMP)'],
    ...[
      'CAST($DATE AS TIMESTAMP(3))',
      'TRY_CAST($STRING AS TIMESTAMP(3))',
      'TO_TIMESTAMP(CAST($TIMESTAMP AS STRING))',
      'FLOOR(($TIMESTAMP) TO WEEK)',
    ],
    ...[
      "TO_TIMESTAMP(DATE_FORMAT($TIMESTAMP, 'dd/MMM/yyyy:HH:mm:ss'), 'dd/MMM/yyyy:HH:mm:ss')",
      'CEIL(($TIMESTAMP) TO MONTH)',
      'FLOOR(($TIMESTAMP) TO SECOND)',
    ],
    ...[
      'TIMESTAMPADD(MONTH, MOD($INT, 100), $TIMESTAMP)',
      'TIMESTAMPADD(SECOND, $INT, $TIMESTAMP)',
      'LEAST($TIMESTAMP, $TIMESTAMP)',
      "$TIMESTAMP + INTERVAL '1-2' YEAR TO MONTH",
    ],
    ...["$TIMESTAMP + INTERVAL '1 02:03:04' DAY TO SECOND", 'CASE WHEN $BOOLEAN THEN $TIMESTAMP ELSE $TIMESTAMP END'],
    ...['COALESCE($TIMESTAMP, $TIMESTAMP)', 'CASE WHEN $BOOLEAN THEN $TIMESTAMP END'],
  ],
  ARRAY: [
    ...[
      'ARRAY[$INT, $INT]',
      'ARRAY_DISTINCT($ARRAY)',
      'ARRAY_CONCAT($ARRAY, $ARRAY)',
      'ARRAY_APPEND($ARRAY, $INT)',
      'ARRAY_REVERSE($ARRAY)',
    ],
    ...[
      'ARRAY_UNION($ARRAY, $ARRAY)',
      'ARRAY_INTERSECT($ARRAY, $ARRAY)',
      'ARRAY_EXCEPT($ARRAY, $ARRAY)',
      'ARRAY_SLICE($ARRAY, 1, 2)',
      'ARRAY_SORT($ARRAY)',
    ],
    ...[
      'ARRAY_REMOVE($ARRAY, $INT)',
      'ARRAY_PREPEND($ARRAY, $INT)',
      'COALESCE($ARRAY, $ARRAY)',
      'CASE WHEN $BOOLEAN THEN $ARRAY END',
      'MAP_VALUES(MAP[1, $INT, 2, $INT])',
    ],
  ],
  SMALLINT: [
    ...[
      'CAST($INT AS SMALLINT)',
      'CAST($DOUBLE AS SMALLINT)',
      'TRY_CAST($STRING AS SMALLINT)',
      '$SMALLINT + $SMALLINT',
      'ABS($SMALLINT)',
    ],
    ...[
      '$SMALLINT * $SMALLINT',
      '-($SMALLINT)',
      'COALESCE($SMALLINT, $SMALLINT)',
      'CAST(CAST($INT AS TINYINT) AS SMALLINT)',
      '$SMALLINT / CAST(3 AS SMALLINT)',
    ],
  ],
  FLOAT: [
    ...[
      'CAST($DOUBLE AS FLOAT)',
      'CAST($DECIMAL AS FLOAT)',
      'TRY_CAST($STRING AS FLOAT)',
      '$FLOAT + $FLOAT',
      '$FLOAT * $INT',
      'ABS($FLOAT)',
    ],
    ...[
      'FLOOR($FLOAT)',
      '-($FLOAT)',
      'COALESCE($FLOAT, $FLOAT)',
      'CASE WHEN $BOOLEAN THEN $FLOAT ELSE $FLOAT END',
      '$FLOAT - $FLOAT',
    ],
  ],
  BYTES: [
    "ENCODE($STRING, 'UTF-8')",
    'CAST($STRING AS BYTES)',
    'COALESCE($BYTES, $BYTES)',
    'CASE WHEN $BOOLEAN THEN $BYTES END',
  ],
}

/** An array is made of columns, as no table has one. */
const columnOf = (name: string, prefix: string): string => name.replace(/\b[a-z]+\b/g, (column) => `${prefix}${column}`)

const made = new Map<string, fc.Arbitrary<string>>()

/** An expression of the type with at most `depth` forms inside each other; `prefix` names the table: `t.`. */
export function expression(type: TypeName, depth: number, prefix = ''): fc.Arbitrary<string> {
  const key = `${type} ${depth} ${prefix}`
  const known = made.get(key)
  if (known !== undefined) return known
  const column = fc.constantFrom(...COLUMNS[type].map((name) => columnOf(name, prefix)))
  const leaf = fc.oneof({ weight: 4, arbitrary: column }, { weight: 1, arbitrary: fc.constantFrom(...LITERALS[type]) })
  const forms = FORMS[type].map((form) => formed(form, depth, prefix))
  const result =
    depth === 0 ? leaf : fc.oneof({ weight: 1, arbitrary: leaf }, { weight: 3, arbitrary: fc.oneof(...forms) })
  made.set(key, result)
  return result
}

function formed(form: string, depth: number, prefix: string): fc.Arbitrary<string> {
  if (depth === 0) return fc.constant('')
  const parts = form.split(/([$#][A-Z]+)/)
  const filled = parts.map((part) => {
    const type = part.slice(1) as TypeName
    if (part.startsWith('#'))
      return fc.constantFrom(...LITERALS[type].filter((literal) => !literal.startsWith('CAST(NULL')))
    if (!part.startsWith('$')) return fc.constant(part)
    const isInside = /[A-Z]\(/.test(form) && !/[-+*/|<>=]/.test(form)
    return expression(type, depth - 1, prefix).map((text) => (isInside || /^[\w.]+$/.test(text) ? text : `(${text})`))
  })
  return fc.tuple(...filled).map((texts) => texts.join(''))
}
