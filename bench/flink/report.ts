/** What was found, as the Markdown of docs/benchmarks.md and as figures for `bench/out/flink.json`. */
import { type Figure, figure } from '../measure.ts'
import { isOwn, type Raced, type Run } from './race.ts'

/** One question to every engine. The first racers are ours. */
export type Compared = {
  readonly what: string
  readonly lines: number
  readonly raced: readonly Raced[]
}

export type Section = { readonly title: string; readonly compared: readonly Compared[] }

const rate = ({ lines }: Compared, { workSeconds }: Run): number => lines / workSeconds
const micros = ({ lines }: Compared, { cpuSeconds }: Run): number => (cpuSeconds / lines) * 1e6

export function markdownOf({ title, compared }: Section): string {
  const head = [
    '| engine | lines/s | CPU a line | JobManager and gateway | broker | first row after | whole run | cold | memory | tailrace is ahead by | by CPU |',
    `| --- |${' ---: |'.repeat(10)}`,
  ]
  const blocks = compared.map((one) =>
    [`**${one.what}**`, '', ...head, ...one.raced.map((racer) => `| ${cellsOf(one, racer).join(' | ')} |`)].join('\n'),
  )
  return `#### ${title}\n\n${blocks.join('\n\n')}\n`
}

function cellsOf(one: Compared, racer: Raced): readonly string[] {
  const { name, warm, cold } = racer
  const own = isOwn(racer)
  return [
    name,
    `${(rate(one, warm) / 1000).toFixed(0)} K`,
    `${micros(one, warm).toFixed(2)} µs`,
    own ? '' : `${warm.besideSeconds.toFixed(1)} s`,
    warm.brokerSeconds === 0 ? '' : `${((warm.brokerSeconds / one.lines) * 1e6).toFixed(2)} µs`,
    Number.isNaN(warm.firstSeconds) ? '' : `${warm.firstSeconds.toFixed(2)} s`,
    `${warm.seconds.toFixed(2)} s`,
    `${cold.seconds.toFixed(1)} s`,
    `${warm.peakMiB.toFixed(0)} MiB`,
    own ? '' : ahead(one, (ours) => rate(one, ours) / rate(one, warm)),
    own ? '' : ahead(one, (ours) => micros(one, warm) / micros(one, ours)),
  ]
}

/** By how much each of ours is ahead; with its last word where there are several. */
function ahead({ raced }: Compared, ratio: (ours: Run) => number): string {
  const owns = raced.filter(isOwn)
  const shown = ({ name, warm }: Raced) => {
    const how = owns.length > 1 ? `${name.split(' ').at(-1)} ` : ''
    return `${how}**${ratio(warm).toFixed(1)}**`
  }
  return owns.map(shown).join(', ')
}

/** `ratio` is above 1 where tailrace is ahead. */
export function figuresOf({ title, compared }: Section): Figure[] {
  return compared.flatMap((one) =>
    one.raced.filter(isOwn).flatMap((own) =>
      one.raced
        .filter((racer) => !isOwn(racer))
        .flatMap(({ name, warm, cold }) => {
          const of = (what: string, unit: string, value: (run: Run) => number): Figure =>
            figure(`${title}: ${one.what}, ${own.name}${what}`, value(own.warm), unit, { name, value: value(warm) })
          return [
            of('', 'lines/s', (run) => rate(one, run)),
            of(', processor', 'µs/line', (run) => micros(one, run)),
            ...(Number.isNaN(own.warm.firstSeconds) ? [] : [of(', first row', 'ms', (run) => run.firstSeconds * 1000)]),
            of(', whole run', 'ms', (run) => run.seconds * 1000),
            figure(`${title}: ${one.what}, ${own.name}, cold`, own.cold.seconds * 1000, 'ms', {
              name,
              value: cold.seconds * 1000,
            }),
            // Less memory is better, and its unit does not tell that.
            { ...of(', memory', 'MiB', (run) => run.peakMiB), ratio: warm.peakMiB / own.warm.peakMiB },
          ]
        }),
    ),
  )
}

/** What the lines beyond those of a shorter run have cost: the start of both is left out. */
export function withoutStart(long: Compared, short: Compared): Compared {
  const isInBoth = ({ name }: Raced) => short.raced.some((racer) => racer.name === name)
  const less = (name: string): Run => {
    const [more, fewer] = [long, short].map(({ raced }) => raced.find((racer) => racer.name === name)?.warm)
    if (more === undefined || fewer === undefined) throw new Error(`${name} did not run with both lengths`)
    return {
      seconds: more.seconds - fewer.seconds,
      workSeconds: more.workSeconds - fewer.workSeconds,
      firstSeconds: Number.NaN,
      cpuSeconds: more.cpuSeconds - fewer.cpuSeconds,
      besideSeconds: more.besideSeconds - fewer.besideSeconds,
      brokerSeconds: more.brokerSeconds - fewer.brokerSeconds,
      peakMiB: more.peakMiB,
    }
  }
  return {
    what: `${long.what}, without the start: what they take longer than a fourth of them`,
    lines: long.lines - short.lines,
    raced: long.raced.filter(isInBoth).map(({ name, cold }) => ({ name, cold, warm: less(name) })),
  }
}
