/**
 * Logs are rotated as logrotate does it, one operation of the file system after the other. Between any two operations the
 * source may look, or be killed with some partitions behind and be down for a while. Every line comes once, in its partition.
 */
import { existsSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { seededRandom } from '../../src/base/random.ts'
import { folderWith } from '../cli/tailrace.ts'
import { lookingSource } from './looking-source.ts'
import { rotationProblem } from './rotated-lines.ts'

const PARTITIONS = 3
const TURNS = 2
const LOG = 'access.log'

type Rotation = {
  readonly way: 'create' | 'copytruncate'
  readonly compress: 'no' | 'at once' | 'delayed'
  /** Bytes of a line. A generation has about 20 lines. */
  readonly length: number
  /** Lines are written between the copy and the truncation: logrotate loses them, unless they were read by then. */
  readonly gap?: boolean
}

/** The files, and the lines that were written to them. */
class Files {
  readonly folder = folderWith()
  /** The lines of each generation: all lines written to one file from its creation to its end. */
  readonly generations: string[][] = []
  /** Lines that were only in the live file when it was truncated. */
  readonly losable = new Set<string>()
  readonly #length: number

  constructor(length: number) {
    this.#length = length
  }

  path = this.folder.at

  begin(): void {
    this.generations.push([])
  }

  write(name: string, count: number, losable = false): void {
    const lines = this.generations.at(-1) ?? []
    const generation = this.generations.length - 1
    for (let i = 0; i < count; i++) {
      const line = `${generation}:${lines.length} `.padEnd(this.#length, `${(lines.length * 7919) % 1000} `)
      lines.push(line)
      if (losable) this.losable.add(line)
      this.folder.append(name, `${line}\n`)
    }
  }

  rename(from: string, to: string): void {
    if (existsSync(this.path(from))) renameSync(this.path(from), this.path(to))
  }

  [Symbol.dispose](): void {
    this.folder[Symbol.dispose]()
  }
}

type Step = () => void

/** The operations of one rotation, as logrotate makes them, and of the writer meanwhile. */
function rotation(files: Files, { way, compress, gap = false }: Rotation): readonly Step[] {
  const rotated = `${LOG}.1`
  const copied =
    (share: number, from: string, to: string, change = (bytes: Buffer): Uint8Array => bytes) =>
    () => {
      if (!existsSync(files.path(from))) return
      const bytes = change(readFileSync(files.path(from)))
      writeFileSync(files.path(to), bytes.subarray(0, Math.floor(bytes.length * share)))
    }
  const copy = (from: string, to: string, change?: (bytes: Buffer) => Uint8Array): readonly Step[] =>
    [0, 0.45, 0.8, 1].map((share) => copied(share, from, to, change))
  const pack = [...copy(rotated, `${rotated}.gz`, gzipSync), () => rmSync(files.path(rotated), { force: true })]
  const end = compress === 'no' ? '' : '.gz'
  const shift = [4, 3, 2, 1].map((age) => () => files.rename(`${LOG}.${age}${end}`, `${LOG}.${age + 1}${end}`))
  const move: readonly Step[] =
    way === 'create'
      ? [
          () => files.rename(LOG, rotated),
          () => files.write(rotated, 2),
          () => writeFileSync(files.path(LOG), ''),
          () => files.write(rotated, 2),
          () => files.begin(),
        ]
      : [
          ...copy(LOG, rotated),
          ...(gap ? [() => files.write(LOG, 3, true)] : []),
          () => {
            truncateSync(files.path(LOG))
            files.begin()
          },
        ]
  return [
    ...(compress === 'delayed' ? pack : []),
    ...shift,
    ...move,
    () => files.write(LOG, 3),
    ...(compress === 'at once' ? pack : []),
  ]
}

/** Between two steps the source does nothing, looks (and is started if need be), is killed, or looks after a long wait. */
type Between = '-' | 'look' | 'kill' | 'wait'

/** Takes all steps, with `between` after each. Resolves to an error in the lines of the topic, or to undefined. */
async function outcome(pattern: string, kind: Rotation, between: (step: number) => Between) {
  using files = new Files(kind.length)
  const warnings: string[] = []
  const looking = { pattern, folder: files.folder.path, partitions: PARTITIONS }
  await using source = lookingSource(looking, (text) => warnings.push(text))
  let kills = 0
  const kill = () => {
    const isTorn = kills++ % 2 === 0
    return source.crash((partition) => (isTorn ? ([0, 0.5, 1][(partition + kills) % 3] as number) : 1))
  }
  files.begin()
  files.write(LOG, 12)
  await source.startOrLook()
  let taken = 0
  for (let turn = 0; turn < TURNS; turn++) {
    for (const step of rotation(files, kind)) {
      step()
      const what = between(taken++)
      if (what === 'wait') source.wait(120_000)
      if (what === 'kill') await kill()
      else if (what !== '-') await source.startOrLook()
    }
    // A path alone does not match rotated files, so some of each must be read before its rotation.
    if (!pattern.includes('*')) await source.settle()
    files.write(LOG, 9)
  }
  await source.settle()
  source.wait(120_000)
  await source.settle()
  await source.stop()
  await source.settle()
  const wrong = rotationProblem(files.generations, PARTITIONS, source.topic.lines, files.losable)
  return wrong === undefined ? undefined : `${wrong}\n${warnings.join('\n')}`
}

const ways: readonly Rotation[] = (['create', 'copytruncate'] as const).flatMap((way) =>
  (['no', 'at once', 'delayed'] as const).flatMap((compress) => [30, 300].map((length) => ({ way, compress, length }))),
)

/** Every single look, every single kill, each with looks before or after it, and random plans. */
function* plans(steps: number, count: number): Generator<readonly Between[]> {
  yield Array.from({ length: steps }, () => 'look' as const)
  for (let at = 0; at < steps / TURNS; at++) {
    yield Array.from({ length: steps }, (_, step) => (step === at ? 'look' : '-'))
    yield Array.from({ length: steps }, (_, step) => (step === at ? 'kill' : step < at ? 'look' : '-'))
    yield Array.from({ length: steps }, (_, step) => (step === at ? 'kill' : step === at + 1 ? 'look' : '-'))
  }
  const { next: chance } = seededRandom(7)
  for (let run = 0; run < count; run++) {
    const likely = chance()
    yield Array.from({ length: steps }, () => {
      const draw = chance()
      return draw > likely ? '-' : draw < likely * 0.25 ? 'kill' : draw < likely * 0.3 ? 'wait' : 'look'
    })
  }
}

/** To save time each kind of rotation takes every fourth plan, the next kind the plans after these. ROTATION_STEP=1: all. */
const PLAN_STEP = Number(process.env.ROTATION_STEP ?? 4)
const RANDOM_PLANS = Number(process.env.ROTATION_RUNS ?? 4)
let made = 0
for (const pattern of [LOG, `${LOG}*`]) {
  for (const kind of [...ways, { way: 'copytruncate', compress: 'at once', length: 300, gap: true } as const]) {
    const { way, compress, length, gap } = kind
    const kinds = made++
    test(`${pattern}, ${way}, packed ${compress}, lines of ${length} bytes${gap ? ', written to before the truncation' : ''}`, async () => {
      using files = new Files(length)
      const steps = TURNS * rotation(files, kind).length
      const wrong: string[] = []
      for (const [number, plan] of [...plans(steps, RANDOM_PLANS)].entries()) {
        if (number % PLAN_STEP !== kinds % PLAN_STEP) continue
        const found = await outcome(pattern, kind, (step) => plan[step] ?? '-')
        if (found !== undefined) wrong.push(`${plan.map((what) => what[0]).join('')}: ${found}`)
      }
      expect(wrong.slice(0, 3)).toEqual([])
    })
  }
}
