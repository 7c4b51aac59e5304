/** Puts the figures of `bench/out` into docs/benchmarks.md, as tables: node bench/tables.ts, after `make bench`. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { COMPARISONS, type Figure, KAFKA_COMPARISON, OUT } from './measure.ts'

const PAGE = 'docs/benchmarks.md'
const BEGIN = '<!-- begin of what bench/tables.ts writes -->\n'
const END = '<!-- end of what bench/tables.ts writes -->\n'

function table(name: string): string {
  const path = join(OUT, `${name}.json`)
  if (!existsSync(path)) return ''
  const figures = JSON.parse(readFileSync(path, 'utf8')) as Figure[]
  const rows = figures.map(({ what, value, unit, peer, peerName, ratio }) => {
    const against = peer === null ? ['', '', ''] : [peerName ?? '', shown(peer, unit), `**${(ratio ?? 0).toFixed(2)}**`]
    return `| ${[what, shown(value, unit), ...against].join(' | ')} |`
  })
  const command = `BENCH_RUNS=${process.env.BENCH_RUNS ?? 3} node bench/${name}.ts`
  const head = '| what | tailrace | peer | its figure | tailrace is ahead by |\n| --- | ---: | --- | ---: | ---: |'
  return `\`${command}\`\n\n${head}\n${rows.join('\n')}\n\n`
}

function shown(value: number, unit: string): string {
  if (unit === 'lines/s') return `${(value / 1e6).toFixed(2)} M lines/s`
  const digits = unit.startsWith('µs') ? 2 : value < 10 ? 1 : 0
  return `${value.toFixed(digits)} ${unit}`
}

function machine(): string {
  const all = cpus()
  const gib = Math.round(totalmem() / 2 ** 30)
  const day = statSync(join(OUT, 'query.json')).mtime.toISOString().slice(0, 10)
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  return `On ${day}, at commit ${commit}: ${all.length} cores (${all[0]?.model}), ${gib} GiB, Node ${process.versions.node}, no other load.\n\n`
}

const page = readFileSync(PAGE, 'utf8')
const [before, rest] = page.split(BEGIN)
const after = rest?.split(END)[1]
if (before === undefined || after === undefined) throw new Error(`${PAGE} has no place for the tables`)
writeFileSync(
  PAGE,
  `${before}${BEGIN}\n${machine()}${[...COMPARISONS, KAFKA_COMPARISON].map(table).join('')}${END}${after}`,
)
