/** The commands by name. Their code is loaded when one is called. */

/** Every command, in the order of the help. */
export const SUMMARIES = {
  run: 'run a pipeline until it is stopped',
  query: 'ask SQL of files, or of standard input',
  watch: 'ask SQL of files as they grow, live',
  describe: 'show the columns of files, and a topic to paste into a pipeline file',
  check: 'tell what is wrong with a pipeline file or an SQL statement',
  test: 'run the tests of a pipeline file',
  explain: 'show what a pipeline or an SQL statement will do',
  verify: 'compare the rows of a query with those of Flink or DuckDB, over the same input',
  fsck: 'tell what is damaged in a data folder',
  reload: 'let the process that runs a pipeline read its file again',
  report: 'ask a query of a span of event time',
  page: 'write what a pipeline has found as one HTML page with charts',
  backfill: 'repair the rows of a query for a span of the past',
  replay: 'send the lines of a log to a socket, at a rate',
  generate: 'write a made log to a file, and the right answers about it',
  schema:
    'print the JSON Schema of the pipeline file or of a status, the OpenAPI document, or the Avro schema of a topic',
  status: 'show how a pipeline stands, and what is wrong',
  alerts: 'show what fires and who was told, and silence it',
  topics: 'list the topics of a pipeline',
  groups: 'list the consumer groups, and how far each is',
  tap: 'print the records of a topic',
  dead: 'list dead letters, and send records again',
  completion: 'print a script by which a shell completes the command line',
  version: 'print the version',
} as const

export type CommandName = keyof typeof SUMMARIES
