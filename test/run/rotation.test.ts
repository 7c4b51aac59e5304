/**
 * Files are rotated and packed under the real process, which is killed meanwhile. Every line is there once, in its partition.
 * `test/sim/rotation.test.ts` takes each step of a rotation by itself.
 */
import { appendFileSync, existsSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { nodeDisk } from '../../src/base/node-disk.ts'
import { readAll } from '../../src/bus/appends.test-tool.ts'
import { ownEmbedded } from '../../src/bus/embedded/embedded.test-tool.ts'
import { folderWith, start, tailrace } from '../cli/tailrace.ts'

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

test('rotated by renaming, by copy and cut, and packed, under a process that is killed', async () => {
  using folder = folderWith({ 'p.yaml': PIPELINE })
  const path = join(folder.path, 'access.log')
  const written: string[][] = []
  let running = start(['run', 'p.yaml'], { folder: folder.path })
  await running.line(/^rotated runs:/)
  for (let turn = 0; turn < ROTATIONS; turn++) {
    const generation: string[] = []
    written.push(generation)
    for (let batch = 0; batch < 5 + (turn % 4); batch++) {
      const lines = Array.from({ length: 40 }, (_, line) => `${turn}:${generation.length + line} ${'x'.repeat(30)}`)
      generation.push(...lines)
      appendFileSync(path, `${lines.join('\n')}\n`)
      for (let i = 0; i < (turn % 7) * 100; i++) await setImmediate()
    }
    if (turn % KILL_EVERY === KILL_EVERY - 1) {
      running.process.kill('SIGKILL')
      await running.ended
    }
    await rotate(path, turn)
    if (running.process.killed) {
      running = start(['run', 'p.yaml'], { folder: folder.path })
      // At every other start the next rotation happens while it starts.
      if (turn % (2 * KILL_EVERY) === KILL_EVERY - 1) await running.line(/^rotated runs:/)
    }
  }
  running.process.kill('SIGKILL')
  await running.ended
  writeFileSync(path, 'the end\n', { flag: 'a' })
  const last = await tailrace(['run', 'p.yaml', '--until-end'], { folder: folder.path })
  expect(last).toMatchObject({ code: 0 })

  await using bus = await ownEmbedded(join(folder.path, '.tailrace/rotated'), { disk: nodeDisk, clock: systemClock })
  const topic = await bus.topic('lines', PARTITIONS)
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const values = (await readAll(topic, partition)).map(({ value }) => value)
    const expected = written.map((lines) => lines.filter((_, line) => line % PARTITIONS === partition))
    expect(written.map((_, turn) => values.filter((value) => value.startsWith(`${turn}:`)))).toEqual(expected)
    expect(values.filter((value) => value !== 'the end')).toHaveLength(expected.flat().length)
  }
})
