/**
 * Files are rotated and packed under the real process, which is killed meanwhile. Every line is there once, in its partition.
 * `test/sim/rotation.test.ts` takes each step of a rotation by itself.
 */
import { appendFileSync, existsSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { folderWith } from '../cli/tailrace.ts'
import { rotationProblem } from '../sim/rotated-lines.ts'
import { readTopics } from './in-process.ts'

const PARTITIONS = 3
const PIPELINE = `version: 1
name: rotated
sources:
  log: { file: { path: "access.log*", poll: 1ms }, to: lines }
topics:
  lines: { partitions: ${PARTITIONS}, format: lines }
`
const ROTATIONS = Number(process.env.ROTATIONS ?? 24)
const KILL_EVERY = 6

/** Writes a copy piece by piece, in its place, as cp and gzip do. */
async function copy(from: string, to: string, change = (bytes: Buffer): Uint8Array => bytes): Promise<void> {
  const bytes = change(readFileSync(from))
  const step = Math.ceil(bytes.length / 4)
  writeFileSync(to, '')
  for (let at = 0; at < bytes.length; at += step) {
    await setImmediate()
    appendFileSync(to, bytes.subarray(at, at + step))
  }
  await setImmediate()
}

/** Rotates the log by renaming it, or by copying and cutting it. Older files are packed. */
async function rotate(path: string, turn: number): Promise<void> {
  for (let age = 60; age >= 2; age--) {
    if (existsSync(`${path}.${age}.gz`)) renameSync(`${path}.${age}.gz`, `${path}.${age + 1}.gz`)
  }
  if (existsSync(`${path}.1`)) {
    await copy(`${path}.1`, `${path}.2.gz`, gzipSync)
    rmSync(`${path}.1`)
  }
  if (turn % 2 === 0) {
    renameSync(path, `${path}.1`)
    return
  }
  await copy(path, `${path}.1`)
  truncateSync(path)
}

// Promise resume-files: Files that grow, are rotated, copied, cut and packed are read once, also under a process that is
// killed.
test('rotated by renaming, by copy and cut, and packed, under a process that is killed', async () => {
  using folder = folderWith({ 'p.yaml': PIPELINE })
  const path = folder.at('access.log')
  const written: string[][] = []
  let running = folder.start('run', 'p.yaml')
  await running.line(/^rotated runs:/)
  for (let turn = 0; turn < ROTATIONS; turn++) {
    const generation: string[] = []
    written.push(generation)
    for (let batch = 0; batch < 5 + (turn % 4); batch++) {
      const lines = Array.from({ length: 40 }, (_, line) => `${turn}:${generation.length + line} ${'x'.repeat(30)}`)
      generation.push(...lines)
      folder.append('access.log', `${lines.join('\n')}\n`)
      for (let i = 0; i < (turn % 7) * 100; i++) await setImmediate()
    }
    if (turn % KILL_EVERY === KILL_EVERY - 1) await running.kill()
    await rotate(path, turn)
    if (running.process.killed) {
      running = folder.start('run', 'p.yaml')
      // At every other start the next rotation happens while it starts.
      if (turn % (2 * KILL_EVERY) === KILL_EVERY - 1) await running.line(/^rotated runs:/)
    }
  }
  await running.kill()
  folder.append('access.log', 'the end\n')
  expect(await folder.run()).toMatchObject({ code: 0 })

  const topics = await readTopics(folder.at('.tailrace/rotated'))
  const values = (partition: number) => topics.get(`lines-${partition}`)?.map(({ value }) => value) ?? []
  const problem = rotationProblem(written, PARTITIONS, (partition) =>
    values(partition).filter((value) => value !== 'the end'),
  )
  expect(problem).toBeUndefined()
})
