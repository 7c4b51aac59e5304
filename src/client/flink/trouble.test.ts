import { expect, test } from 'vitest'
import { flinkGatewayUrl } from './address.ts'
import { flinkError, flinkErrorFailure, isJobUnknown, isPathUnknown } from './trouble.ts'

/** The answer of Flink 2.3.0, its stack frames left out. */
const answer = (...causes: readonly string[]) => [
  'Internal server error.',
  `<Exception on server side:
org.apache.flink.table.gateway.api.utils.SqlGatewayException: org.apache.flink.table.gateway.api.utils.SqlGatewayException: Failed to fetchResults.
\tat java.base/java.lang.Thread.run(Thread.java:840)
${causes.map((cause) => `Caused by: ${cause}`).join('\n\t... 1 more\n')}
\t... 41 more

End of exception on server side>`,
]

const refused = answer(
  'org.apache.flink.table.gateway.service.utils.SqlExecutionException: Failed to execute the operation 4c2532ce.',
  "org.apache.flink.table.api.ValidationException: SQL validation failed. At line 1, column 8: Column 'x' not found in any table",
  "org.apache.calcite.runtime.CalciteContextException: At line 1, column 8: Column 'x' not found in any table",
  "org.apache.calcite.sql.validate.SqlValidatorException: Column 'x' not found in any table",
)

test('what Flink refuses is its last cause, with the place that an earlier one names', () => {
  const error = flinkError(refused, false)
  expect(error).toEqual({
    kind: 'error',
    error: 'validate',
    message: "Column 'x' not found in any table",
    at: { line: 1, column: 8 },
  })
  expect(flinkErrorFailure('Flink does not take query hits', error)).toMatchObject({
    code: 'sql',
    message: "Flink does not take query hits: Column 'x' not found in any table (line 1, column 8)",
  })
})

test('what is not the grammar is told from what is refused later', () => {
  const encountered = 'Encountered "<EOF>" at line 2, column 13.\nWas expecting one of:\n    "LATERAL" ...'
  const error = flinkError(
    answer(
      `org.apache.flink.table.api.SqlParserEOFException: ${encountered}`,
      `org.apache.calcite.sql.parser.SqlParseException: ${encountered}`,
      `org.apache.flink.sql.parser.impl.ParseException: ${encountered}`,
    ),
    false,
  )
  const message = 'Encountered "<EOF>" at line 2, column 13.'
  expect(error).toEqual({ kind: 'error', error: 'parse', message, at: { line: 2, column: 13 } })
  expect(flinkErrorFailure('Flink', error).message).toBe(`Flink: ${message}`)
})

test('a job that failed is told by its run, and an error without a cause by what was thrown', () => {
  expect(flinkError(answer('java.io.IOException: Failed to fetch next result'), false).error).toBe('runtime')
  expect(flinkError(answer('java.lang.RuntimeException: Division by zero'), true)).toMatchObject({
    error: 'runtime',
    message: 'Division by zero',
  })
  const handler = 'org.apache.flink.runtime.rest.handler.RestHandlerException: Bad request\n\tat org.apache.x(Y.java:1)'
  expect(flinkError([handler], false).message).toBe('Bad request')
})

test.each([
  ['flink://localhost:8083', 'http://localhost:8083'],
  ['flink://10.0.0.1', 'http://10.0.0.1:8083'],
  ['flinks://[::1]:443/', 'https://[::1]:443'],
])('%s is the gateway at %s', (text, url) => {
  expect(flinkGatewayUrl(text)).toBe(url)
})

test.each(['flink://', 'flink://h:0', 'flink://h:99999', 'http://h:1', 'flink://h/path', 'flink://u:p@h'])(
  '%s is no address of Flink',
  (text) => {
    expect(() => flinkGatewayUrl(text)).toThrow('is not an address of Flink')
  },
)

test('a job that the JobManager does not know is told from a server that knows no jobs', () => {
  const id = 'a'.repeat(32)
  const ofJobManager = [
    `org.apache.flink.runtime.rest.NotFoundException: Job ${id} not found\n\tat java.base/java.lang.Thread.run(Thread.java:840)`,
    `Caused by: org.apache.flink.runtime.messages.FlinkJobNotFoundException: Could not find Flink job (${id})`,
  ]
  const ofGateway = [`Not found: /jobs/${id}`]
  expect([isJobUnknown(ofJobManager), isPathUnknown(ofJobManager)]).toEqual([true, false])
  expect([isJobUnknown(ofGateway), isPathUnknown(ofGateway)]).toEqual([false, true])
})
