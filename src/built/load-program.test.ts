import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test, vi } from 'vitest'
import { loadProgram } from './load-program.ts'

const folder = mkdtempSync(join(tmpdir(), 'tailrace-built-'))
const cache = join(folder, 'cache', 'tailrace')
const script = (answer: number): string =>
  `(function (require, module, exports, __dirname) {
    exports.main = () => ${answer}; exports.folder = __dirname; require('node:fs')
  })`

beforeEach(() => {
  rmSync(join(folder, 'cache'), { recursive: true, force: true })
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'))
})
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

function program(name: string, answer: number): string {
  const path = join(folder, name)
  writeFileSync(path, script(answer))
  return path
}

/** The answer of the program, run as a command would run it. */
function run(path: string, command = 'query'): unknown {
  const { exports, keep } = loadProgram(path, command, true)
  keep()
  const { main, folder: itsFolder } = exports as unknown as { main: () => number; folder: string }
  expect(itsFolder).toBe(folder)
  return main()
}

const kept = (): readonly string[] => {
  try {
    return readdirSync(cache)
  } catch {
    return []
  }
}
const trailer = (): string =>
  readFileSync(join(cache, kept()[0] ?? ''), 'latin1')
    .slice(-64)
    .trim()

test('four runs of a command add to its file, later ones only read it', () => {
  const path = program('program-A.cjs', 1)
  for (const left of [3, 2, 1, 0, 0]) {
    expect(run(path)).toBe(1)
    expect(trailer()).toMatch(new RegExp(`^program-A\\.cjs ${left} [0-9a-f]+$`))
  }
  run(path, 'check')
  expect(kept()).toHaveLength(2)
})

test('the file of another build is not used, and is replaced', () => {
  run(program('program-A.cjs', 1))
  expect(run(program('program-B.cjs', 2))).toBe(2)
  expect(trailer()).toMatch(/^program-B\.cjs 3 /)
  expect(kept()).toHaveLength(1)
})

const flip = (place: string, at: (length: number) => number): void => {
  const bytes = readFileSync(place)
  const index = at(bytes.length)
  bytes[index] = (bytes[index] ?? 0) ^ 1
  writeFileSync(place, bytes)
}

// Promise: Code kept from an earlier run is run only if it is whole and this user's own; else it is replaced.
test('a file that is damaged, cut short or of somebody else is not run, and is replaced', () => {
  const damages = [
    ...[0, 1, 2, 3, 4, 5, 6, 7].map((eighth) => (place: string) => flip(place, (n) => Math.floor((n * eighth) / 8))),
    (place: string) => flip(place, (length) => length - 64 + 'program-A.cjs '.length + 1), // the number of runs
    (place: string) => chmodSync(place, 0o620),
    (place: string) => chmodSync(place, 0o602),
    (place: string) => truncateSync(place, 100),
    (place: string) => truncateSync(place, 0),
    (place: string) => {
      rmSync(place)
      execFileSync('mkfifo', [place])
    },
    (place: string) => writeFileSync(place, `${'x'.repeat(1000)}${'\nprogram-A.cjs 1'.padEnd(64)}`),
  ]
  for (const [i, damage] of damages.entries()) {
    run(program('program-A.cjs', 10 + i))
    damage(join(cache, kept()[0] ?? ''))
    // Another source each time: V8 would not look at the file for a source compiled earlier in this process.
    expect(run(program('program-A.cjs', 20 + i))).toBe(20 + i)
    expect(trailer()).toMatch(/^program-A\.cjs 3 /)
  }
})

test('what was not written for a month is removed when a file is written; what is not ours stays', async () => {
  mkdirSync(cache, { recursive: true })
  const month = Date.now() / 1000 - 31 * 86_400
  const old = ['7fa5a34e-v24.1.0-query', '7fa5a34e-v24.1.0-run.4711']
  const young = '0a1b2c3d-v24.1.0-query'
  for (const name of [...old, young, 'notes.txt']) writeFileSync(join(cache, name), '')
  for (const name of [...old, 'notes.txt']) utimesSync(join(cache, name), month, month)
  run(program('program-A.cjs', 1))
  await vi.waitUntil(() => old.every((name) => !kept().includes(name)))
  expect(kept()).toEqual(expect.arrayContaining([young, 'notes.txt']))
  expect(kept()).toHaveLength(3)
})

test('nothing is kept if the folder cannot be written, the cache is switched off, or the command has no plain name', () => {
  const path = program('program-A.cjs', 1)
  writeFileSync(join(folder, 'cache'), 'a file')
  expect(run(path)).toBe(1)
  rmSync(join(folder, 'cache'))
  for (const command of ['', '../query', 'SELECT', 'a'.repeat(300)]) expect(run(path, command)).toBe(1)
  vi.stubEnv('NODE_DISABLE_COMPILE_CACHE', '1')
  expect(run(path)).toBe(1)
  vi.stubEnv('NODE_DISABLE_COMPILE_CACHE', undefined)
  expect(kept()).toEqual([])
})
