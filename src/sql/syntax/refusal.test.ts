import fc from 'fast-check'
import { expect, test } from 'vitest'
import { failureOf, refusalText } from '../refusal.test-tool.ts'
import { parseQuery } from './parse.ts'
import { reserved, reservedFunctions } from './reserved.ts'

const refused = (sql: string) => refusalText(() => parseQuery(sql))

test('a reserved word as a name is shown with the backquotes it needs', () => {
  expect(refused('SELECT host,\n  method\nFROM t')).toBe(
    [
      'line 2:3: method is a reserved word of Flink SQL; expected an expression',
      '    method',
      '    ^^^^^^',
      '  as a name write `method`',
    ].join('\n'),
  )
})

test.each(
  'value timestamp method count bytes day hour minute language rank result start position user time end comment'.split(
    ' ',
  ),
)('%s is reserved as a column and as an alias', (word) => {
  const hint = `as a name write \`${word}\``
  expect(refused(`SELECT t.${word} FROM t`)).toContain(hint)
  expect(refused(`SELECT 1 AS ${word}`)).toContain(hint)
  expect(refused(`SELECT ${word} FROM t`)).not.toBe('accepted')
  expect(refused(`SELECT t.\`${word}\` AS \`${word}\``)).toBe('accepted')
})

test.each(
  'path host status level message type name key size source url ts rn window_start data zone version json map week'.split(
    ' ',
  ),
)('%s is free', (word) => {
  expect(refused(`SELECT ${word}, t.${word} AS ${word} FROM ${word} ${word}`)).toBe('accepted')
})

test('a function may have a reserved name, a column may not', () => {
  for (const word of reservedFunctions) {
    expect(reserved.has(word), word).toBe(true)
    expect(refused(`SELECT t.${word} FROM t`), word).toContain('reserved word')
  }
})

// Each line: the SQL with the caret's text between « and », the message, the hint.
test.each([
  ['«SELCT» a FROM t', 'expected a query, found SELCT', 'did you mean SELECT?'],
  ['SELECT a «FORM» t', 'FORM is not a keyword', 'did you mean FROM?'],
  ['SELECT a FROM t «GRUOP» BY a', 'GRUOP is not a keyword', 'did you mean GROUP?'],
  ['SELECT a FROM t «WEHRE» a = 1', 'WEHRE is not a keyword', 'did you mean WHERE?'],
  ["SELECT a FROM t WHERE a «LKE» 'x'", 'LKE cannot stand here', 'did you mean LIKE?'],
  ['SELECT a FROM t WHERE a > 1 «ADN» b', 'ADN cannot stand here', 'did you mean AND?'],
  ['SELECT a, «FROM» t', 'expected an expression, found FROM', 'take out the comma before it'],
  ['SELECT a «!=» 1', 'Flink SQL has no !=', 'write <>'],
  ['SELECT a «==» 1', '== cannot stand here', 'write a = b'],
  ['SELECT a«->>»1', '->> cannot stand here', "write JSON_VALUE(text, '$.name')"],
  ['SELECT a «~» b', '~ cannot stand here', "write REGEXP(text, 'pattern')"],
  ['SELECT a«::»INT', ':: cannot stand here', 'write CAST(a AS INT)'],
  ["SELECT a «ILIKE» 'x'", 'Flink SQL has no ILIKE', 'write LOWER(value) LIKE LOWER(pattern)'],
  ['SELECT «TOP 3» a FROM t', 'Flink SQL has no TOP', 'write LIMIT 3 at the end'],
  [
    'SELECT DISTINCT «ON» (a) b',
    'Flink SQL has no DISTINCT ON',
    'write SELECT … FROM … QUALIFY ROW_NUMBER() OVER (PARTITION BY a ORDER BY …) = 1',
  ],
  ['SELECT 1 LIMIT 1«,» 2', 'LIMIT takes one number', 'write LIMIT count OFFSET start'],
  ['SELECT 1 OFFSET 2 «LIMIT» 1', 'LIMIT stands before OFFSET', 'write LIMIT count OFFSET start'],
  ['SELECT 1 «MINUS» SELECT 2', 'Flink SQL has no MINUS', 'write EXCEPT'],
  ["SELECT 'a' «'b'»", 'a second string on the same line', 'join strings with ||, or put a comma between them'],
  [
    "SELECT INTERVAL '1500' «MILLISECOND»",
    'MILLISECOND is no unit of an interval in Flink SQL',
    "write INTERVAL '1.5' SECOND",
  ],
  ["SELECT «INTERVAL '1' DAY TO YEAR»", 'there is no interval of DAY TO YEAR', ''],
  ['SELECT «CURRENT_TIMESTAMP»()', 'CURRENT_TIMESTAMP takes no parentheses', 'write CURRENT_TIMESTAMP'],
  ['SELECT COUNT(DISTINCT «*»)', 'DISTINCT * is no argument', 'name the columns: COUNT(DISTINCT a)'],
  ['SELECT POSITION(a«,» b)', 'POSITION is written with IN', 'write POSITION(part IN whole) or LOCATE(part, whole)'],
  ["SELECT TRIM(a«,» 'x')", 'TRIM takes one value', "write TRIM(BOTH 'x' FROM value) or BTRIM(value, 'x')"],
  ['SELECT «DAY»(ts)', 'there is no function DAY', 'write DAYOFMONTH(ts)'],
  ['SELECT «percentile_cont»(0.5)', 'there is no function PERCENTILE_CONT', 'write PERCENTILE(value, 0.5)'],
  ['SELECT a «COUNT»(*) FROM t', 'a comma or an operator is missing before COUNT', 'write , COUNT(…)'],
  ['SELECT a «CONCAT»(b, c) FROM t', 'a comma or an operator is missing before CONCAT', 'write , CONCAT(…)'],
  ["SELECT ts + INTERVAL «'5 minutes'»", 'the unit of an interval follows its number', "write INTERVAL '5' MINUTE"],
  [
    "SELECT ts - INTERVAL «'1 day 2h'» FROM t",
    'the unit of an interval follows its number',
    "write INTERVAL '1' DAY + INTERVAL '2' HOUR",
  ],
  ['SELECT ts - «5s»', '5s is not a number', "write INTERVAL '5' SECOND"],
  ['SELECT ts - «250ms»', '250ms is not a number', "write INTERVAL '0.25' SECOND"],
  ['SELECT 1 «WHERE» TRUE', 'WHERE needs a FROM before it', 'write SELECT … FROM … first'],
  ['SELECT 1 «HAVING» TRUE', 'HAVING needs a FROM before it', 'write SELECT … FROM … first'],
  ['SELECT a = «NOT» b', 'NOT cannot stand here', 'put it in parentheses: (NOT x)'],
  ['SELECT 1 FROM t WHERE t.«*»', 'a star stands only for whole columns of SELECT', 'name the columns'],
  ['SELECT 1 FROM «windows»(t)', 'a function in FROM stands inside TABLE( )', 'write TABLE(windows(…))'],
  ['SELECT 1 FROM TABLE «t»', 'TABLE stands before a function here', 'write FROM t'],
  [
    'SELECT * FROM a «ANTI» JOIN b USING (k)',
    'Flink SQL has no ANTI JOIN',
    'write WHERE NOT EXISTS (SELECT 1 FROM b WHERE b.k = a.k)',
  ],
  [
    'SELECT * FROM t AS a «SEMI» LEFT JOIN b ON a.k = b.k',
    'Flink SQL has no SEMI JOIN',
    'write WHERE EXISTS (SELECT 1 FROM b WHERE b.k = a.k)',
  ],
  [
    'SELECT * FROM a LEFT «ANY» JOIN b USING (k)',
    'Flink SQL has no ANY JOIN',
    'write JOIN (SELECT * FROM b QUALIFY ROW_NUMBER() OVER (PARTITION BY k ORDER BY …) = 1) AS b ON a.k = b.k',
  ],
  ['SELECT * FROM a «ARRAY» JOIN l AS x', 'Flink SQL has no ARRAY JOIN', 'write CROSS JOIN UNNEST(list) AS item'],
  ['SELECT * FROM a «TABLESAMPLE» SYSTEM (10)', 'TABLESAMPLE is not supported yet', 'write WHERE RAND() < 0.1'],
  ['SELECT * FROM a «USING» SAMPLE 10', 'Flink SQL has no USING SAMPLE', 'write WHERE RAND() < 0.1'],
  ['SELECT * FROM a «PREWHERE» b > 1', 'Flink SQL has no PREWHERE', 'write WHERE'],
  ['SELECT a FROM t WHERE a «<=>» 3', '<=> cannot stand here', 'write a IS NOT DISTINCT FROM b'],
  ['SELECT a FROM t WHERE a «NOTNULL»', 'Flink SQL has no NOTNULL', 'write value IS NOT NULL'],
  ['SELECT a FROM t ORDER BY «ALL»', 'Flink SQL has no ORDER BY ALL', 'name the columns'],
  [
    'SELECT a FROM t FETCH FIRST 1 ROW «WITH» TIES',
    'Flink SQL has no WITH TIES',
    'write QUALIFY RANK() OVER (ORDER BY …) <= N',
  ],
  [
    'SELECT a FROM t UNION ALL «BY» NAME SELECT a FROM u',
    'Flink SQL has no UNION BY NAME',
    'name the columns of both in the same order',
  ],
  [
    'SELECT a, COUNT(*) FROM t GROUP BY a «WITH» TOTALS',
    'Flink SQL has no WITH TOTALS',
    'write GROUP BY GROUPING SETS ((a, b), ())',
  ],
  ['SELECT SUM(a) OVER (ORDER BY b «GROUPS» 2 PRECEDING) FROM t', 'Flink SQL has no GROUPS', 'write ROWS or RANGE'],
  ['SELECT 1; «SELECT» 2', 'only one query can stand here', 'end the text at the semicolon'],
])('%s', (marked, message, hint) => {
  const start = marked.indexOf('«')
  const length = marked.indexOf('»') - start - 1
  const sql = marked.replace(/[«»]/g, '')
  const caret = ' '.repeat(start) + '^'.repeat(length)
  const lines = [`line 1:${start + 1}: ${message}`, `  ${sql}`, `  ${caret}`]
  expect(refused(sql)).toBe([...lines, ...(hint === '' ? [] : [`  ${hint}`])].join('\n'))
})

test('a word of another join is an alias where AS says so, and free elsewhere', () => {
  expect(refused('SELECT anti.a FROM t AS anti JOIN u USING (k)')).toBe('accepted')
  expect(refused('SELECT semi.a FROM semi JOIN anti ON semi.k = anti.k')).toBe('accepted')
  expect(refused('SELECT a FROM t format WHERE sample > settings')).toBe('accepted')
})

test.each([
  ['', 'the query is empty'],
  ['-- nothing\n', 'the query is empty'],
  ['SELECT', 'expected an expression, found the end of the query'],
  ['SELECT 1 FROM', 'expected a table, found the end of the query'],
  ['SELECT (1 FROM t', 'expected ), found FROM'],
  ['SELECT 1 FROM t ORDER a', 'expected BY after ORDER, found a'],
  ['SELECT 1 LIMIT x', 'expected a number of rows after LIMIT, found x'],
  ['SELECT 1 LIMIT 1.5', 'expected a number of rows after LIMIT, found 1.5'],
  ['SELECT a,, b', 'expected an expression, found ,'],
  ['SELECT CASE END', 'expected an expression, found END'],
  ['SELECT CASE a THEN 1 END', 'expected WHEN, found THEN'],
  ['SELECT a FROM t JOIN u', 'expected ON and the condition of JOIN, found the end of the query'],
  ['SELECT a FROM t LEFT JOIN u WHERE a = 1', 'expected ON and the condition of LEFT JOIN, found WHERE'],
  ['SELECT a FROM t CROSS JOIN u ON a = b', 'a CROSS JOIN has no condition'],
  ['SELECT a FROM t NATURAL CROSS JOIN u', 'a CROSS JOIN is not NATURAL'],
  ['SELECT a FROM t LEFT SEMI JOIN u ON a = b', 'write WHERE EXISTS (SELECT 1 FROM b WHERE b.k = a.k)'],
  ['SELECT a FROM t LEFT ANTI JOIN u ON a = b', 'write WHERE NOT EXISTS'],
  ['SELECT a > ALL (1, 2) FROM t', 'expected a query after ALL: (SELECT …)'],
  ['SELECT JSON_VALUE(a)', 'JSON_VALUE needs a path'],
  [
    "SELECT JSON_VALUE(a, '$' EMPTY ON ERROR)",
    'EMPTY is a reserved word of Flink SQL; expected NULL, ERROR or DEFAULT',
  ],
  ["SELECT JSON_VALUE(a, '$' NULL ON EMPTY ERROR ON EMPTY)", 'ON EMPTY is written twice'],
  ["SELECT JSON_QUERY(a, '$' WITH ARRAY)", 'expected WRAPPER inside JSON_QUERY, found )'],
  [
    "SELECT JSON_QUERY(a, '$' EMPTY STRING ON ERROR)",
    'STRING is a reserved word of Flink SQL; expected ARRAY or OBJECT',
  ],
  [
    "SELECT JSON_EXISTS(a, '$' NULL ON ERROR)",
    'NULL is a reserved word of Flink SQL; expected TRUE, FALSE, UNKNOWN, ERROR',
  ],
  ["SELECT JSON_EXISTS(a, '$' TRUE ON EMPTY)", 'EMPTY is a reserved word of Flink SQL; expected ERROR'],
  ["SELECT JSON_OBJECT('a')", 'expected VALUE and a value, found )'],
  ["SELECT JSON_OBJECT(KEY 'a', 1)", 'expected VALUE and a value, found ,'],
  ['SELECT 1 FROM t FOR UPDATE', 'FOR cannot stand here'],
  ['WITH x AS SELECT 1', 'expected (, found SELECT'],
  ['SELECT a b c', 'c cannot stand here'],
  [';', 'expected SELECT, WITH or VALUES, found ;'],
  ['SELECT [1, 2]', 'an array is written ARRAY[1, 2]'],
  ["SELECT {'a': 1}", "a map is written MAP['key', value]"],
  ['SELECT a[1:2]', 'write ARRAY_SLICE(a, 1, 2)'],
  ['SELECT a[1', 'expected ] after the index'],
  ['SELECT ARRAY[1', 'expected ] after the values of ARRAY'],
  ['SELECT CAST(a AS INT[])', 'write ARRAY<INT>'],
  ['SELECT CAST(a AS STRUCT<b INT>)', 'STRUCT is no type with others inside'],
  ['SELECT CAST(a AS ARRAY<INT)', 'expected > after the types of ARRAY'],
  ['SELECT CAST(a AS ROW<INT>)', 'INT is a reserved word'],
  ['SELECT UNNEST(a) FROM t', 'UNNEST(list) AS item in FROM'],
  ['SELECT 1 FROM UNNEST(a) WITH OFFSET AS b', 'write WITH ORDINALITY'],
  ['SELECT 1 FROM t LATERAL VIEW EXPLODE(a) AS b', 'write CROSS JOIN UNNEST(a) AS t (x)'],
])('%j: %s', (sql, message) => {
  expect(refused(sql)).toContain(message)
})

test.each([
  'INSERT INTO t SELECT 1',
  'CREATE TABLE t (a INT)',
  'EXPLAIN SELECT 1',
  'TABLE t',
  'WITH RECURSIVE a AS (SELECT 1) SELECT 1',
  'SELECT ARRAY(SELECT 1)',
  'SELECT MULTISET[1]',
  'SELECT f(a => 1)',
  "SELECT JSON_VALUE(a, '$' PASSING 1 AS x)",
  'SELECT LAG(a) OVER (w) FROM t WINDOW w AS (ORDER BY a)',
  'SELECT LISTAGG(a) WITHIN GROUP (ORDER BY a)',
  'SELECT CAST(a AS INT MULTISET)',
  'SELECT CAST(a AS TIMESTAMP WITH TIME ZONE)',
  'SELECT INTERVAL (a) DAY',
  'SELECT 1 FROM t GROUP BY DISTINCT ROLLUP (a)',
  "SELECT 1 FROM t GROUP BY TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE)",
  'SELECT 1 FROM UNNEST(a, b)',
  'SELECT 1 FROM t, LATERAL (SELECT 1)',
  'SELECT 1 FROM t, LATERAL TABLE(f(a))',
  'SELECT 1 FROM t MATCH_RECOGNIZE (PATTERN (A))',
  '(SELECT 1 LIMIT 1) LIMIT 2',
])('%s is not supported yet', (sql) => {
  expect(refused(sql)).toContain('not supported yet')
})

const words =
  "SELECT FROM WHERE GROUP BY ORDER HAVING LIMIT AS ( ( ) ) , , . * + - = <> a b t 1 2.5 'x' `q` COUNT CAST INT CASE WHEN THEN END NOT AND IN IS NULL BETWEEN LIKE TABLE TUMBLE DESCRIPTOR INTERVAL MINUTE UNION ALL WITH VALUES OVER PARTITION FILTER EXTRACT JOIN ON [ ] => ; /* */ -- \" ' ` @ \n 💧".split(
    / /,
  )

test('any words are a tree or a Failure with a place', () => {
  const soup = fc.array(fc.constantFrom(...words), { maxLength: 40 })
  const queries = soup.map((rest) => ['SELECT', ...rest].join(' '))
  const anything = fc.oneof(
    queries,
    soup.map((all) => all.join('')),
    fc.string({ unit: 'binary' }),
  )
  fc.assert(
    fc.property(anything, (sql) => {
      const failure = failureOf(() => parseQuery(sql))
      if (failure === undefined) return
      expect(failure.place?.column).toBeLessThanOrEqual((failure.place?.text?.length ?? 0) + 2)
    }),
    { numRuns: 3_000 },
  )
})
