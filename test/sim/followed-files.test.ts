/**
 * Files are written, rotated, copied and truncated, packed and removed, while the source that reads them is stopped and
 * killed at any point with some partitions behind. Every line comes once, in its partition, in order.
 */
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { keptTopic } from './kept-topic.ts'
import { startSource } from './looking-source.ts'

const PARTITIONS = 3
const NAMES = ['a.log', 'b.log'] as const
type Name = (typeof NAMES)[number]

class Model {
  readonly folder = mkdtempSync(join(tmpdir(), 'tailrace-follow-'))
  readonly topic = keptTopic(PARTITIONS)
  readonly pattern: string
  /** The lines of each generation of a file, whatever its name. */
  readonly generations: string[][] = []
  readonly #now = new Map<Name, string[]>()
  readonly #half = new Map<Name, string>()
  #running: Awaited<ReturnType<typeof startSource>> | undefined
  #elapsed = 0

  constructor(pattern: string) {
    this.pattern = pattern
  }

  get isGlob() {
    return this.pattern.includes('*')
  }

  path = (name: string) => join(this.folder, name)

  write(name: Name, count: number, length: number, half: boolean) {
    const path = this.path(name)
    const lines = this.#now.get(name) ?? this.#newGeneration(name)
    const next = () => `${this.generations.indexOf(lines)}:${lines.length} `
    let bytes = ''
    for (let i = 0; i < count; i++) {
      const line = next().padEnd(length, 'x')
      const begun = this.#half.get(name) ?? ''
      lines.push(line)
      bytes += `${line.slice(begun.length)}\n`
      this.#half.delete(name)
    }
    if (half && count > 0) {
      const begun = next()
      this.#half.set(name, begun)
      bytes += begun
    }
    appendFileSync(path, bytes)
  }

  #newGeneration(name: Name): string[] {
    const lines: string[] = []
    this.generations.push(lines)
    this.#now.set(name, lines)
    return lines
  }

  /** The rotated files of a name make room for one more: .1 becomes .2. */
  #shift(name: Name) {
    for (let age = 8; age >= 1; age--) {
      for (const end of ['', '.gz']) {
        const path = this.path(`${name}.${age}${end}`)
        if (existsSync(path)) renameSync(path, this.path(`${name}.${age + 1}${end}`))
      }
    }
  }

  async rotate(name: Name, copy: boolean) {
    const path = this.path(name)
    if (!existsSync(path) || existsSync(this.path(`${name}.8`)) || existsSync(this.path(`${name}.8.gz`))) return
    if (this.#half.has(name)) this.write(name, 1, 30, false)
    // A single path does not match rotated files, so each must have been seen before its rotation.
    if (!this.isGlob) {
      this.write(name, 1, 30, false)
      await this.settle()
      this.write(name, 2, 30, false)
    }
    this.#shift(name)
    if (copy) {
      copyFileSync(path, this.path(`${name}.1`))
      truncateSync(path, 0)
    } else {
      renameSync(path, this.path(`${name}.1`))
    }
    this.#now.delete(name)
  }

  async pack(name: Name, age: number) {
    const path = this.path(`${name}.${age}`)
    if (!existsSync(path)) return
    writeFileSync(`${path}.gz`, gzipSync(readFileSync(path)))
    rmSync(path)
  }

  /** Removes the live file while it is open and has lines that are not read yet. */
  async remove(name: Name) {
    await this.settle()
    if (!existsSync(this.path(name))) return
    this.write(name, 3, 40, false)
    await this.start()
    if (this.#half.has(name)) this.write(name, 1, 30, false)
    await this.look(1)
    this.write(name, 2, 40, false)
    rmSync(this.path(name))
    this.#now.delete(name)
    await this.settle()
  }

  async start() {
    const { pattern, folder, topic } = this
    this.#running ??= await startSource({ pattern, folder, topic, elapsed: () => this.#elapsed })
  }

  async look(times: number) {
    for (let i = 0; i < times; i++) await this.#running?.look()
  }

  async settle() {
    await this.start()
    await this.look(13)
    this.topic.keep()
  }

  wait() {
    this.#elapsed += 120_000
  }

  async stop() {
    await this.#running?.stop()
    this.#running = undefined
    this.topic.keep()
  }

  async crash(shares: readonly number[]) {
    this.topic.crash((partition) => shares[partition] ?? 1)
    await this.#running?.stop()
    this.topic.crash(() => 0)
    this.#running = undefined
  }

  async check() {
    for (const name of NAMES) if (this.#half.has(name)) this.write(name, 1, 30, false)
    await this.settle()
    await this.stop()
    await this.settle()
    await this.stop()
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const got = this.topic.lines(partition)
      const ordered = this.generations.flatMap((_, i) => got.filter((line) => line.startsWith(`${i}:`)))
      const ofPartition = (lines: readonly string[]) => lines.filter((_, line) => line % PARTITIONS === partition)
      expect(ordered).toEqual(this.generations.flatMap(ofPartition))
      expect(got).toHaveLength(ordered.length)
    }
  }
}

const name = fc.constantFrom<Name>(...NAMES)
const share = fc.constantFrom(0, 0.5, 1)
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(
      fc.constant('write'),
      name,
      fc.integer({ min: 1, max: 9 }),
      fc.constantFrom(20, 60, 400),
      fc.boolean(),
    ),
  },
  { weight: 2, arbitrary: fc.tuple(fc.constant('rotate'), name, fc.boolean()) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('pack'), name, fc.integer({ min: 1, max: 3 })) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('remove'), name) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('start')) },
  { weight: 5, arbitrary: fc.tuple(fc.constant('look'), fc.constantFrom(1, 2, 12)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('keep')) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('wait')) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('stop')) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('crash'), fc.tuple(share, share, share)) },
)

async function take(model: Model, [what, ...rest]: readonly unknown[]): Promise<void> {
  const file = (model.isGlob ? rest[0] : 'a.log') as Name
  if (what === 'write') model.write(file, rest[1] as number, rest[2] as number, rest[3] as boolean)
  else if (what === 'rotate') await model.rotate(file, rest[1] as boolean)
  else if (what === 'pack') await model.pack(file, rest[1] as number)
  else if (what === 'remove') await model.remove(file)
  else if (what === 'start') await model.start()
  else if (what === 'look') await model.look(rest[0] as number)
  else if (what === 'keep') model.topic.keep()
  else if (what === 'wait') model.wait()
  else if (what === 'stop') await model.stop()
  else await model.crash(rest[0] as readonly number[])
}

for (const pattern of ['*.log*', 'a.log']) {
  test(`${pattern}: whatever happens to files and to the process, every line comes once, in its partition`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
        const model = new Model(pattern)
        try {
          model.write('a.log', 1, 20, false)
          await model.start()
          for (const one of steps) await take(model, one)
          await model.check()
        } finally {
          await model.stop()
          rmSync(model.folder, { recursive: true })
        }
      }),
      { numRuns: Number(process.env.FOLLOW_RUNS ?? 60) },
    )
  })
}
