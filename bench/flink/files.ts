/**
 * From a file to a file: windows over an access log, by `tailrace query`, by `tailrace run --until-end`, which keeps every line in its
 * durable log first, and by Flink in streaming and in batch mode.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { dayLog } from '../kafka/day-log.ts'
import { OUT } from '../measure.ts'
import {
  answerTable,
  type Decode,
  linesTable,
  METHODS,
  ownFormat,
  QUESTIONS,
  type Question,
  RAW_DECODES,
  TYPED,
  TYPED_SQL,
  type Way,
  wayName,
  waysOf,
} from './access-log.ts'
import { type Cluster, MINI_BATCH } from './cluster.ts'
import { watchFiles } from './first-row.ts'
import { freshData, runOwn } from './own.ts'
import { fastest, type Racer, race } from './race.ts'
import { type Compared, withoutStart } from './report.ts'
import { comparable, type JsonRow } from './rows.ts'

const FOLDER = resolve(OUT, 'flink')

/** The lines raw and typed, each as one file, and divided in two for two tasks of Flink. */
type Inputs = Readonly<Record<Decode['own'], { readonly whole: string; readonly halves: string }>>

export type FilesRaced = { readonly compared: readonly Compared[]; readonly way: Way }

type Setting = { readonly cluster: Cluster; readonly lines: number }

/**
 * Every question. Without a way to ask Flink, all of them are tried with a fourth of the lines, and the fastest is taken; then the
 * start is left out of the first question, too, and the lines that are typed already are read.
 */
export async function raceFiles(setting: Setting, given: Way | undefined): Promise<FilesRaced> {
  const compared: Compared[] = []
  if (given !== undefined) {
    for (const question of QUESTIONS) compared.push(await compare(setting, { question, ways: [given], hasBatch: true }))
    return { compared, way: given }
  }
  const ways = waysOf(RAW_DECODES)
  const less = { ...setting, lines: setting.lines / 4 }
  const short = await compare(less, { question: METHODS, ways, hasBatch: false })
  const way = fastest(short.raced, ways, streamingName)
  compared.push(short)
  for (const question of QUESTIONS) {
    const one = await compare(setting, { question, ways: [way], hasBatch: true })
    compared.push(one)
    if (question === METHODS) compared.push(withoutStart(one, short))
  }
  const typed = { ...way, decode: TYPED }
  compared.push(await compare(setting, { question: METHODS, ways: [typed], hasBatch: true }))
  return { compared, way }
}

const streamingName = (way: Way): string => `Flink streaming, ${wayName(way)}`

type Asked = { readonly question: Question; readonly ways: readonly Way[]; readonly hasBatch: boolean }

async function compare({ cluster, lines }: Setting, { question, ways, hasBatch }: Asked): Promise<Compared> {
  const { cpus, cores } = cluster
  const inputs = await inputsOf(lines, cpus.engine)
  const own = ways[0]?.decode.own ?? 'common'
  const kind = own === 'json' ? 'lines of typed JSON' : 'raw lines'
  const what = `${question.name}, ${(lines / 1e6).toFixed(2)} M ${kind}, ${coresText(cores)}`
  const { whole, halves } = inputs[own]
  const path = cores === 1 ? whole : halves
  const flink = ways.flatMap((way) => [
    onFlink(cluster, { question, way, mode: 'streaming', path }),
    ...(hasBatch ? [onFlink(cluster, { question, way, mode: 'batch', path })] : []),
  ])
  const reading = { question, own, path: whole, cpus: cpus.engine }
  return { what, lines, raced: await race(what, [ownRun(reading), ownQuery(reading), ...flink]) }
}

export const coresText = (cores: 1 | 2): string => (cores === 1 ? 'one core' : 'two cores')

type OwnRace = {
  readonly question: Question
  readonly own: Decode['own']
  readonly path: string
  readonly cpus: string
}

function ownQuery({ question, own, path, cpus }: OwnRace): Racer {
  const output = join(FOLDER, 'query.ndjson')
  // JSON needs its columns declared in a pipeline file; `query` finds them by looking.
  const args = ['query', question.sql, '--table', `lines=${path}:${own}`, '-o', 'ndjson', '-q']
  return {
    name: 'tailrace query',
    run: () => runOwn({ args, cpus, output, watch: () => watchFiles(output) }),
    rows: async () => rowsIn([output], question),
  }
}

function ownRun({ question, own, path, cpus }: OwnRace): Racer {
  const folder = join(FOLDER, 'run')
  mkdirSync(folder, { recursive: true })
  const [file, output] = [join(folder, 'pipeline.yaml'), join(folder, 'rows.ndjson')]
  return {
    name: 'tailrace run',
    run() {
      rmSync(output, { force: true })
      writeFileSync(file, JSON.stringify(pipelineOf({ question, own, path }, output)))
      const args = ['run', file, '--until-end', '--data', freshData(folder)]
      return runOwn({ args, cpus, output: join(folder, 'said.txt'), watch: () => watchFiles(output) })
    },
    rows: async () => rowsIn([output], question),
  }
}

/** A pipeline file; JSON is YAML, too. */
const pipelineOf = ({ question, own, path }: Omit<OwnRace, 'cpus'>, output: string): object => ({
  version: 1,
  name: 'bench',
  sources: { log: { file: path, to: 'lines' } },
  topics: { lines: { partitions: 1, format: ownFormat(own), watermark: "ts - INTERVAL '5' SECOND" } },
  queries: { answer: question.sql },
  sinks: { answer: { from: 'answer', ndjson: output } },
})

type FlinkRace = {
  readonly question: Question
  readonly way: Way
  readonly mode: 'streaming' | 'batch'
  /** A file, or a folder of files. */
  readonly path: string
}

function onFlink(cluster: Cluster, { question, way, mode, path }: FlinkRace): Racer {
  const { decode, isMiniBatch } = way
  const output = join(cluster.folder, 'answer')
  const connector = (to: string) => `'connector' = 'filesystem', 'path' = 'file://${to}'`
  const { table, insert } = answerTable(question, `${connector(output)}, 'format' = 'json'`)
  return {
    // A batch has no mini-batches.
    name: mode === 'streaming' ? streamingName(way) : `Flink batch, ${decode.name}`,
    run() {
      rmSync(output, { recursive: true, force: true })
      const tables = [linesTable(decode, connector(path)), table]
      const settings = isMiniBatch && mode === 'streaming' ? MINI_BATCH : {}
      return cluster.run({ mode, settings, tables, insert, watch: () => watchFiles(output) })
    },
    rows: async () =>
      rowsIn(
        readdirSync(output).map((name) => join(output, name)),
        question,
      ),
  }
}

function rowsIn(files: readonly string[], { columns }: Question): readonly string[] {
  const lines = files.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== ''),
  )
  return lines.map((line) => comparable(JSON.parse(line) as JsonRow, columns))
}

/** Makes the files that are not there. Lines of the halves alternate, so that both have all the time of the log. */
async function inputsOf(lines: number, cpus: string): Promise<Inputs> {
  mkdirSync(FOLDER, { recursive: true })
  const raw = resolve(dayLog(lines).path)
  const typed = join(FOLDER, `typed-${lines}.ndjson`)
  if (!existsSync(typed)) {
    const beside = `${typed}.part`
    const args = ['query', TYPED_SQL, '--table', `lines=${raw}:common`, '-o', 'ndjson', '-q']
    await runOwn({ args, cpus, output: beside, watch: () => watchFiles(beside) })
    renameSync(beside, typed)
  }
  return {
    common: { whole: raw, halves: halvesOf(raw, join(FOLDER, `raw-${lines}`)) },
    json: { whole: typed, halves: halvesOf(typed, join(FOLDER, `typed-${lines}`)) },
  }
}

function halvesOf(path: string, folder: string): string {
  if (existsSync(folder)) return folder
  const beside = `${folder}.part`
  rmSync(beside, { recursive: true, force: true })
  mkdirSync(beside)
  const lines = readFileSync(path, 'latin1').trimEnd().split('\n')
  for (const half of [0, 1]) {
    const own = lines.filter((_, line) => line % 2 === half)
    writeFileSync(join(beside, String(half)), `${own.join('\n')}\n`, 'latin1')
  }
  renameSync(beside, folder)
  return folder
}
