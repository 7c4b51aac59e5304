/**
 * Files are written, rotated, copied and truncated, packed and removed, while the source that reads them is stopped and
 * killed at any point with some partitions behind. Every line comes once, in its partition, in order.
 */
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, truncateSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { folderWith } from '../cli/tailrace.ts'
import { type LookingSource, lookingSource } from './looking-source.ts'
import { rotationProblem } from './rotated-lines.ts'

const PARTITIONS = 3
const NAMES = ['a.log', 'b.log'] as const
type Name = (typeof NAMES)[number]

class Model {
  readonly folder = folderWith()
  readonly source: LookingSource
  readonly isGlob: boolean
  /** The lines of each generation of a file, whatever its name. */
  readonly generations: string[][] = []
  readonly #now = new Map<Name, string[]>()
  readonly #half = new Map<Name, string>()

  constructor(pattern: string) {
    this.isGlob = pattern.includes('*')
    this.source = lookingSource({ pattern, folder: this.folder.path, partitions: PARTITIONS })
  }

  path = this.folder.at

  write(name: Name, count: number, length: number, half: boolean) {
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
    this.folder.append(name, bytes)
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
      await this.source.settle()
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

  pack(name: Name, age: number) {
    const path = this.path(`${name}.${age}`)
    if (!existsSync(path)) return
    this.folder.write(`${name}.${age}.gz`, gzipSync(readFileSync(path)))
    rmSync(path)
  }

  /** Removes the live file while it is open and has lines that are not read yet. */
  async remove(name: Name) {
    await this.source.settle()
    if (!existsSync(this.path(name))) return
    this.write(name, 3, 40, false)
    await this.source.start()
    if (this.#half.has(name)) this.write(name, 1, 30, false)
    await this.source.look(1)
    this.write(name, 2, 40, false)
    rmSync(this.path(name))
    this.#now.delete(name)
    await this.source.settle()
  }

  async check() {
    for (const name of NAMES) if (this.#half.has(name)) this.write(name, 1, 30, false)
    await this.source.settle()
    await this.source.stop()
    await this.source.settle()
    await this.source.stop()
    expect(rotationProblem(this.generations, PARTITIONS, this.source.topic.lines)).toBeUndefined()
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
  else if (what === 'pack') model.pack(file, rest[1] as number)
  else if (what === 'remove') await model.remove(file)
  else if (what === 'start') await model.source.start()
  else if (what === 'look') await model.source.look(rest[0] as number)
  else if (what === 'keep') model.source.topic.keep()
  else if (what === 'wait') model.source.wait(120_000)
  else if (what === 'stop') await model.source.stop()
  else await model.source.crash((partition) => (rest[0] as readonly number[])[partition] ?? 1)
}

for (const pattern of ['*.log*', 'a.log']) {
  // Holds resume-files.
  test(`${pattern}: whatever happens to files and to the process, every line comes once, in its partition`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
        const model = new Model(pattern)
        try {
          model.write('a.log', 1, 20, false)
          await model.source.start()
          for (const one of steps) await take(model, one)
          await model.check()
        } finally {
          await model.source.stop()
          model.folder[Symbol.dispose]()
        }
      }),
      { numRuns: Number(process.env.FOLLOW_RUNS ?? 60) },
    )
  })
}
