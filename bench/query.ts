/**
 * From file to result, start-up included: q1, requests by method per minute; q2, the three most requested paths per five
 * minutes. Against mawk, gawk, DuckDB (the log as CSV, and by regular expression), GoAccess with its own report, a Node
 * script, and, if the shared collection is at hand, the prototype that shows the limit of the machine.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Log, mirrorLog, nasaLog } from './logs.ts'
import { type Contender, compareOnCores, type Figure, OUT, save } from './measure.ts'
import { duckdbContenders } from './peers/duckdb.ts'
import { type Question, tailrace } from './questions.ts'

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
    ...duckdbContenders([`csv-${question}`, `regexp-${question}`], log),
  ]
  const prototype = join(process.env.TAILRACE_SHARED ?? '../shared', 'prototype/hot-path.mjs')
  if (existsSync(prototype)) found.push({ name: 'prototype', command: [NODE, prototype, log.path, question] })
  return found
}

const figures: Figure[] = []
const onlyWith = process.argv.slice(2)
for (const log of [await nasaLog(), mirrorLog()]) {
  if (log === undefined) continue
  for (const question of ['q1', 'q2'] as const) {
    const chosen = peers(question, log).filter(
      ({ name }) => onlyWith.length === 0 || onlyWith.some((only) => name.startsWith(only)),
    )
    figures.push(...compareOnCores(`${question}, ${log.name}`, [tailrace(question, log), ...chosen], log.lines))
  }
}
save('query', figures)
