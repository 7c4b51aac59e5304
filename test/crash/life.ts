/**
 * One life of a data folder: the pipeline is started, killed at a moment that the seed decides, and started again, while
 * its files grow; then it is let to its end, and must have left what a run that nobody disturbed leaves.
 *
 * A round is one process that was ended: by its own disk at the n-th operation, by SIGKILL from outside after some
 * milliseconds, or by SIGTERM, after which it must say goodbye properly.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Random, seededRandom } from '../../src/base/random.ts'
import { difference, type Outcome, readOutcome } from './outcome.ts'
import { type Inputs, makeInputs, PARTITIONS, PIPELINE } from './pipeline.ts'

const LINES = 3000
const PROCESS = resolve('test/crash/process.ts')
/** Longer than this no round takes; what does hangs. */
const PATIENCE_MS = 30_000

export type Life = {
  /** What was hit, as the processes said: 'SIGTERM', 'SIGKILL', or the disk's operation. */
  readonly kills: readonly string[]
  /** Why the outcome is wrong; undefined: it is right. The folder is kept then. */
  readonly wrong: string | undefined
}

export async function live(seed: number, rounds: number): Promise<Life> {
  const random = seededRandom(seed)
  const inputs = makeInputs(seed, LINES)
  const kills: string[] = []
  const folder = mkdtempSync(join(tmpdir(), `tailrace-crash-${seed}-`))
  const wrong = async (): Promise<string | undefined> => {
    const expected = await undisturbed(inputs, join(folder, 'undisturbed'))
    const disturbed = join(folder, 'disturbed')
    const feed = openFeed(disturbed, inputs, random)
    // The last rounds are killed while everything ends.
    const growing = Math.max(1, rounds - 2)
    while (kills.length < growing) {
      feed(LINES / rounds / 2)
      kills.push(await round(disturbed, random, () => feed(LINES / rounds / 20)))
    }
    feed(LINES)
    while (kills.length < rounds) {
      const ended = await run(disturbed, ['--until-end', ...randomOperation(random)], () => {})
      if (ended.code === 0) break
      kills.push(whereKilled(ended))
    }
    await finish(disturbed)
    const found = await readOutcome(disturbed)
    return misplaced(found, inputs) ?? difference(found, expected)
  }
  const problem = await wrong().catch((error: unknown) => String(error))
  if (problem === undefined) rmSync(folder, { recursive: true, force: true })
  return { kills, wrong: problem === undefined ? undefined : `seed ${seed} (${folder}): ${problem}` }
}

/** What one process that is not killed makes of the same lines, all there from the start. */
async function undisturbed(inputs: Inputs, folder: string): Promise<Outcome> {
  openFeed(folder, inputs, seededRandom(0))(LINES)
  await finish(folder)
  const outcome = await readOutcome(folder)
  const problem = misplaced(outcome, inputs)
  if (problem !== undefined) throw new Error(`even undisturbed: ${problem}`)
  return outcome
}

async function finish(folder: string): Promise<void> {
  const { code, said } = await run(folder, ['--until-end'], () => {})
  if (code !== 0) throw new Error(`a run to the end ended with ${code}: ${said}`)
}

/** Line n of a file is in partition n % partitions, once and in order. */
function misplaced(outcome: Outcome, inputs: Inputs): string | undefined {
  const expected = new Map<string, readonly string[]>()
  for (const topic of ['access', 'orders'] as const) {
    for (let partition = 0; partition < PARTITIONS[topic]; partition++) {
      const own = inputs[topic].filter((_, number) => number % PARTITIONS[topic] === partition)
      expected.set(
        `${topic}-${partition}`,
        own.map((line) => `\t${line}`),
      )
    }
  }
  return difference(new Map([...outcome].filter(([name]) => expected.has(name))), expected)
}

/** Lets the files grow by about so many lines, cut anywhere. */
function openFeed(folder: string, inputs: Inputs, random: Random): (lines: number) => void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'p.yaml'), PIPELINE)
  const left = Object.entries(inputs).map(([name, lines]) => {
    const bytes = Buffer.from(`${lines.join('\n')}\n`)
    return { path: join(folder, `${name}.log`), bytes, at: 0, step: bytes.length / LINES }
  })
  for (const { path } of left) writeFileSync(path, '')
  return (lines) => {
    for (const file of left) {
      const end = lines >= LINES ? file.bytes.length : file.at + Math.round(file.step * lines * 2 * random.next())
      appendFileSync(file.path, file.bytes.subarray(file.at, end))
      file.at = Math.min(end, file.bytes.length)
    }
  }
}

/** Where a disk kills; opening and recovery alone are some hundred operations. */
const PLACES = [
  '',
  'data/checkpoint',
  'write at [1-9].*topics.*log',
  'acknowledging a sync of .*topics.*log',
  'open to write .*\\d{20}.log',
  'archive|out/',
] as const

function randomOperation(random: Random): string[] {
  const place = PLACES[random.below(PLACES.length)] ?? ''
  return ['--kill-at', String(1 + Math.floor(3 ** (random.next() * (place === '' ? 6 : 2.5)))), place]
}

/** Starts the pipeline and ends it; says how. */
async function round(folder: string, random: Random, feed: () => void): Promise<string> {
  const way = random.below(10)
  const signal = way < 9 ? 'SIGKILL' : 'SIGTERM'
  const delay = way < 6 ? 300 : random.below(250)
  const ended = await run(folder, way < 6 ? randomOperation(random) : [], feed, async (child, opened) => {
    // Where the disk comes to kill first, the child is told in vain.
    if (way < 6) await opened
    await sleep(delay)
    child.kill(signal)
  })
  if (way < 6 && ended.said.includes('killed before')) return whereKilled(ended)
  // Before it has opened anything it ends as any process does.
  if (ended.signal === signal || (signal === 'SIGTERM' && ended.code === 0)) return signal
  throw new Error(`${signal} was met with ${ended.code ?? ended.signal}: ${ended.said}`)
}

function whereKilled({ signal, code, said }: Ended): string {
  const where = /^killed before (.*)$/m.exec(said)?.[1]
  if (signal === 'SIGKILL' && where !== undefined) return where
  throw new Error(`it ended by itself (${code ?? signal}): ${said}`)
}

type Ended = { readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly said: string }

async function run(
  folder: string,
  flags: readonly string[],
  feed: () => void,
  killer?: (child: ChildProcess, opened: Promise<void>) => Promise<void>,
): Promise<Ended> {
  const child = spawn(process.execPath, [PROCESS, folder, ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'tailrace-crash-compiled') },
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const growing = setInterval(feed, 10)
  const hung = setTimeout(() => child.kill('SIGABRT'), PATIENCE_MS)
  const opened = new Promise<void>((resolve) => {
    child.stderr.on('data', () => /^runs$/m.test(said) && resolve())
    child.on('close', () => resolve())
  })
  const killing = killer?.(child, opened)
  const ended = await new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, said }))
  })
  clearInterval(growing)
  clearTimeout(hung)
  await killing
  return ended
}
