/**
 * `tailrace generate`: the records that the source `generator` makes, as a file, and the right answers to the usual questions
 * about them, which no engine has reckoned.
 */
import { createWriteStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { Command } from 'commander'
import { parse } from 'yaml'
import type * as z from 'zod'
import { Failure } from '../../base/failure.ts'
import { DURATION, parseQuantity } from '../../base/units.ts'
import { keysAt } from '../../pipeline/file/schema-parts.ts'
import { kindName, listed, meant, partAt, shown } from '../../pipeline/file/shown.ts'
import type { Path } from '../../pipeline/file/yaml-tree.ts'
import type { Records } from '../../record/column.ts'
import { expectedOf } from '../../source/made/expected/answers.ts'
import { openMadeLog } from '../../source/made/kinds.ts'
import { type GeneratorOptions, generatorOptions, KIND_NAMES } from '../../source/made/options.ts'
import { readPools } from '../../source/made/payments/pool-file.ts'
import type { PaymentPools } from '../../source/made/payments/pools.ts'

const USUAL_COUNT = 100_000
const BATCH = 4096
const NEWLINE = 10
const MOST_PARTITIONS = 10_000

type GenerateOptions = {
  readonly output?: string
  readonly expected?: string
  readonly partitions: string
  readonly delay: string
}

/** The command `generate`. */
export function generateCommand(): Command {
  return new Command('generate')
    .description('Writes the records that the source generator makes, and the right answers about them.')
    .argument('<LIKE>', `which log: ${KIND_NAMES.join(', ')}`)
    .argument('[DIAL=VALUE...]', `options of the generator, as count=${USUAL_COUNT}, seed=7, bad=1%, disorder.by=10s`)
    .option('-o, --output <file>', 'where the records go; by default to standard output')
    .option('--expected <file>', 'where the right answers go, as JSON')
    .option('--partitions <n>', 'the partitions of the topic, for the answers: each has late records of its own', '1')
    .option('--delay <duration>', 'the watermark delay of the topic, for the answers', '5s')
    .addHelpText(
      'after',
      `
Examples:
  tailrace generate nasa count=200000 > access.log
  tailrace generate payments count=100000 seed=7 bad=1% late=0.1% -o payments.jsonl --expected payments.json
  tailrace generate ip-logs count=600000 scans.every=5m --expected answers.json -o ip_logs.jsonl
`,
    )
    .action(async (like: string, dials: readonly string[], options: GenerateOptions) => {
      const read = readDials(like, dials)
      const partitions = Number(options.partitions)
      if (!Number.isInteger(partitions) || partitions < 1 || partitions > MOST_PARTITIONS) {
        throw new Failure('usage', `--partitions ${options.partitions}: expected a number from 1 to ${MOST_PARTITIONS}`)
      }
      if (options.output !== undefined && options.expected === options.output) {
        throw new Failure('usage', `--output and --expected are the same file, ${options.output}: give two`)
      }
      const delay = parseQuantity(options.delay, DURATION)
      const pools = read.data === undefined ? undefined : await readPools(read.data, process.cwd())
      await writeRecords(read, pools, options.output)
      if (options.expected === undefined) return
      const expected = expectedOf(read, { partitions, delay, pools })
      await writeFile(options.expected, `${JSON.stringify(expected, null, 1)}\n`).catch(cannotWrite(options.expected))
    })
}

/** The options of the generator that the words of the command line stand for. Throws a Failure for what is wrong with them. */
function readDials(like: string, dials: readonly string[]): GeneratorOptions {
  const options: Group = { like }
  for (const dial of dials) {
    const [, path, value] = /^([a-z][a-z_]*(?:\.[a-z][a-z_]*)*)=(.*)$/s.exec(dial) ?? []
    if (path === undefined || value === undefined) {
      throw new Failure('usage', `${dial}: expected an option of the generator with its value, as seed=7`)
    }
    setDial(options, path.split('.'), yamlOf(dial, value))
  }
  if (options.lines === undefined) options.count ??= USUAL_COUNT
  const read = generatorOptions.safeParse(options)
  if (read.success) return read.data
  throw dialFailure(read.error.issues[0] as z.core.$ZodIssue, options)
}

type Group = Record<string, unknown>

const isGroup = (value: unknown): value is Group => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Sets an option. `bad=1%` is short for `bad.share=1%`, whether it stands before or behind `bad.kinds=…`. */
function setDial(options: Group, path: readonly string[], value: unknown): void {
  let group = options
  for (const key of path.slice(0, -1)) {
    const inside = group[key]
    const next = isGroup(inside) ? inside : inside === undefined ? {} : { share: inside }
    group[key] = next
    group = next
  }
  const last = path.at(-1) ?? ''
  const before = group[last]
  if (isGroup(before) && !isGroup(value)) before.share = value
  else group[last] = value
}

/** What is wrong with an option, in words. */
function dialFailure(issue: z.core.$ZodIssue, options: Group): Failure {
  const path = issue.path as Path
  const name = path.join('.')
  const value = partAt(options, path)
  const fail = (message: string, hint?: string) => new Failure('usage', `generate: ${message}`, { hint })
  switch (issue.code) {
    case 'unrecognized_keys': {
      const [key = ''] = issue.keys
      const known = keysAt(generatorOptions, path)
      const hint = [meant(key, known), `There are: ${known.join(', ')}.`].filter((one) => one !== undefined)
      return fail(`there is no option ${[...path, key].join('.')}`, hint.join(' '))
    }
    case 'invalid_value': {
      const allowed = issue.values.map(String)
      return fail(`${name} must be ${listed(allowed)}, not ${shown(value)}`, meant(String(value), allowed))
    }
    case 'invalid_type': {
      const hint = issue.expected === 'array' ? `Write it as a list: ${name}=[${String(value)}]` : undefined
      return fail(`${name} must be ${kindName(issue.expected)}, not ${shown(value)}`, hint)
    }
    case 'too_small':
      return fail(`${name} must be at least ${issue.minimum}`)
    case 'too_big':
      return fail(`${name} must be at most ${issue.maximum}`)
    default:
      return fail(name === '' ? issue.message : `${name}: ${issue.message}`)
  }
}

function yamlOf(dial: string, text: string): unknown {
  try {
    return parse(text)
  } catch (error) {
    throw new Failure('usage', `${dial}: the value is no YAML`, { cause: error })
  }
}

async function writeRecords(options: GeneratorOptions, pools: PaymentPools | undefined, file: string | undefined) {
  const log = openMadeLog(options, { place: undefined, capacity: BATCH, now: 0, pools })
  const total = options.count ?? options.lines ?? 0
  const out: Writable = file === undefined ? process.stdout : createWriteStream(file)
  const failed = file === undefined ? undefined : finished(out).catch(cannotWrite(file))
  while (log.line < total) {
    const records = log.make(Math.min(BATCH, total - log.line))
    if (out.write(asLines(records))) continue
    await Promise.race([new Promise((resolve) => out.once('drain', resolve)), failed].filter(Boolean))
  }
  if (file !== undefined) out.end()
  await failed
}

const cannotWrite = (file: string) => (error: Error) => {
  throw new Failure('io', `${file} cannot be written: ${error.message}`, { cause: error })
}

/** The records, each with a line end behind it. */
function asLines({ bytes, start, end, count }: Records): Uint8Array {
  let length = count
  for (let row = 0; row < count; row++) length += (end[row] as number) - (start[row] as number)
  const lines = new Uint8Array(length)
  let at = 0
  for (let row = 0; row < count; row++) {
    lines.set(bytes.subarray(start[row], end[row]), at)
    at += (end[row] as number) - (start[row] as number)
    lines[at++] = NEWLINE
  }
  return lines
}
