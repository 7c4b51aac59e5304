/**
 * Clauses and joins of other dialects of SQL, and what to write instead. Some begin with words that would be read as an alias, so that
 * a query with them would mean another thing: `a ANTI JOIN b` is a join of a table called ANTI.
 */
import { FIRST_OF_KEY } from './other-dialects.ts'

type Refusal = { readonly said: string; readonly hint: string }

const no = (what: string, hint: string): Refusal => ({ said: `Flink SQL has no ${what}`, hint })

const TO_FILE = "write the rows to a file outside: tailrace query -o csv '…' > rows.csv"
const COLUMNS = 'tailrace describe FILE shows the columns of a file, and DESCRIBE log those of the table'
/** A tenth of the rows. */
export const SAMPLED = 'write WHERE RAND() < 0.1'
const OPTIONS = 'options stand before the statement: tailrace query --help'

/** By the word at which reading stops, or the word before it where that was read as an alias. */
export const OTHER_CLAUSES: ReadonlyMap<string, Refusal> = new Map([
  ['PREWHERE', no('PREWHERE', 'write WHERE')],
  ['STRAIGHT_JOIN', no('STRAIGHT_JOIN', 'write JOIN … ON a.k = b.k')],
  ['SAMPLE', no('SAMPLE', SAMPLED)],
  ['FORMAT', no('FORMAT', 'choose how rows are written outside: tailrace query -o json, ndjson, csv or table')],
  ['SETTINGS', no('SETTINGS', OPTIONS)],
  ['INTO', no('INTO', TO_FILE)],
  ['COPY', no('COPY', TO_FILE)],
  ['ISNULL', no('ISNULL', 'write value IS NULL')],
  ['NOTNULL', no('NOTNULL', 'write value IS NOT NULL')],
  ['GROUPS', no('GROUPS', 'write ROWS or RANGE')],
  ['SUMMARIZE', no('SUMMARIZE', COLUMNS)],
  ['PRAGMA', no('PRAGMA', COLUMNS)],
])

const NUMBERED = 'number the rows of both sides with ROW_NUMBER() OVER (ORDER BY …), and join by the numbers'
const OF_ARRAY = 'write CROSS JOIN UNNEST(list) AS item'
/** Instead of APPLY and LATERAL (SELECT …). */
export const OF_EACH: string = `join a query that has the rows of each key, such as (SELECT * FROM b ${FIRST_OF_KEY}) AS b ON a.k = b.k`

/** By the word before JOIN, or before LEFT JOIN and the like. */
export const OTHER_JOINS: ReadonlyMap<string, string> = new Map([
  ['SEMI', 'write WHERE EXISTS (SELECT 1 FROM b WHERE b.k = a.k)'],
  ['ANTI', 'write WHERE NOT EXISTS (SELECT 1 FROM b WHERE b.k = a.k)'],
  ['ANY', `write JOIN (SELECT * FROM b ${FIRST_OF_KEY}) AS b ON a.k = b.k`],
  ['POSITIONAL', NUMBERED],
  ['ARRAY', OF_ARRAY],
])
