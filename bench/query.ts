/**
 * From file to result, start-up included: q1, requests by method per minute; q2, the three most requested paths per five
 * minutes. Against mawk, gawk, DuckDB (the log as CSV, and by regular expression), GoAccess with its own report, a Node
 * script, and, if the shared collection is at hand, the prototype that shows the limit of the machine.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Log, mirrorLog, nasaLog } from './logs.ts'
import { type Contender, compare, cores, type Figure, OUT, race, save } from './measure.ts'
import { duckdb, duckdbContender } from './peers/duckdb.ts'
import { type Question, tailrace } from './questions.ts'

const RUNS = Number(process.env.BENCH_RUNS ?? 5)
const NODE = process.execPath
function peers(question: Question, log: Log): Contender[] {
  const found: Contender[] = [
    { name: 'mawk', command: ['mawk', '-f', `bench/peers/${question}.awk`, log.path] },
    { name: 'gawk', command: ['gawk', '-b', '-f', `bench/peers/${question}.awk`, log.path] },
    { name: 'node-readline', command: [NODE, 'bench/peers/node-readline.mjs', question, log.path] },
    {
      name: 'goaccess (its report)',
      command: [
        'goaccess',
        log.path,
        `--log-format=${log.format}`,
        '--no-ip-validation',
        '--no-global-config',
        '-o',
        join(OUT, 'goaccess.json'),
      ],
    },
  ]
  const program = duckdb()
  if (program !== undefined) {
    for (const way of ['csv', 'regexp']) found.push(duckdbContender(program, `${way}-${question}`, log))
  }
  const prototype = join(process.env.TAILRACE_SHARED ?? '../shared', 'prototype/hot-path.mjs')
  if (existsSync(prototype)) found.push({ name: 'prototype', command: [NODE, prototype, log.path, question] })
  return found
}

const figures: Figure[] = []
const onlyWith = process.argv.slice(2)
for (const log of [nasaLog(), mirrorLog()]) {
  if (log === undefined) continue
  for (const question of ['q1', 'q2'] as const) {
    for (const count of [1, 2]) {
      const all = [tailrace(question, log), ...peers(question, log)]
      const contenders = all.filter(
        ({ name }) => onlyWith.length === 0 || name === 'tailrace' || onlyWith.some((only) => name.startsWith(only)),
      )
      const measured = race(contenders, { cores: cores(count), runs: RUNS })
      figures.push(
        ...compare(
          `${question}, ${log.name}, ${count === 1 ? 'one core' : 'two cores'}`,
          measured,
          'tailrace',
          log.lines,
        ),
      )
    }
  }
}
save('query', figures)
