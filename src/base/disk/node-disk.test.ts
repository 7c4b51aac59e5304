import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { groupReadable, readWhole, replaceFile } from './disk.ts'
import { nodeDisk } from './node-disk.ts'

const folder = mkdtempSync(join(tmpdir(), 'tailrace-disk-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('any number of buffers is written in order and read back', () => {
  const file = nodeDisk.open(join(folder, 'buffers'), 'write')
  const buffers = Array.from({ length: 3000 }, (_, number) => Buffer.from(`${number},`))
  file.write([Buffer.from('head'), new Uint8Array(0), ...buffers], 0)
  const whole = Buffer.concat([Buffer.from('head'), ...buffers])
  expect(file.size()).toBe(whole.length)
  const into = Buffer.alloc(whole.length)
  expect(file.read(into, 0)).toBe(whole.length)
  expect(into.equals(whole)).toBe(true)
  expect(file.read(into, whole.length - 5)).toBe(5)
  file.truncate(4)
  file.close()
  expect(readFileSync(join(folder, 'buffers'), 'utf8')).toBe('head')
})

test('a file is replaced in one step', async () => {
  const path = join(folder, 'small.json')
  expect(readWhole(nodeDisk, path)).toBeUndefined()
  writeFileSync(`${path}.new`, 'left by a crash, and longer')
  await replaceFile(nodeDisk, path, Buffer.from('one'))
  await replaceFile(nodeDisk, path, Buffer.from('two'))
  expect(Buffer.from(readWhole(nodeDisk, path) ?? []).toString()).toBe('two')
  expect(nodeDisk.list(folder)).not.toContain('small.json.new')
})

test('folders are made with their parents', async () => {
  await nodeDisk.mkdir(join(folder, 'a/b/c'))
  await nodeDisk.mkdir(join(folder, 'a/b/c'))
  expect(nodeDisk.list(join(folder, 'a/b'))).toEqual(['c'])
})

test('an error is a Failure that names the path and the reason', async () => {
  const missing = join(folder, 'nothing/here')
  const notFound = { name: 'Failure', code: 'not-found', message: expect.stringContaining(`${missing}: it does not`) }
  expect(() => nodeDisk.open(missing, 'write')).toThrow(expect.objectContaining(notFound))
  await expect(nodeDisk.syncFolder(missing)).rejects.toMatchObject(notFound)
  expect(() => nodeDisk.lock(join(folder, 'nothing/lock'))).toThrow(expect.objectContaining({ code: 'not-found' }))
  writeFileSync(join(folder, 'file'), '')
  expect(() => nodeDisk.list(join(folder, 'file'))).toThrow(/is a file, not a folder/)
  const file = nodeDisk.open(join(folder, 'file'), 'read')
  expect(() => file.write([Buffer.from('x')], 0)).toThrow(expect.objectContaining({ name: 'Failure', code: 'io' }))
  file.close()
})

// Only Linux has a device that is always full.
test.skipIf(process.platform !== 'linux')('a full disk is a Failure that may be tried again', () => {
  const file = nodeDisk.open('/dev/full', 'write')
  const full = { code: 'full', retryable: true, message: 'cannot write /dev/full: no space is left on the device' }
  expect(() => file.write([Buffer.from('x')], 0)).toThrow(expect.objectContaining(full))
  file.close()
})

test('a lock has one holder at a time', () => {
  const lock = nodeDisk.lock(join(folder, 'lock'))
  expect(lock).toBeDefined()
  expect(nodeDisk.lock(join(folder, 'lock'))).toBeUndefined()
  lock?.release()
  const again = nodeDisk.lock(join(folder, 'lock'))
  expect(again).toBeDefined()
  again?.release()
})

// Promise: What tailrace keeps may be read by its user alone, the files of sinks by the group too, less what the umask takes.
test('files and folders are made for the user, or for the group where that is asked for', async () => {
  const before = process.umask(0o022)
  const modeOf = (name: string) => statSync(join(folder, name)).mode & 0o777
  try {
    for (const [readers, umask, ofFolder, ofFile] of [
      ['user', 0o022, 0o700, 0o600],
      ['group', 0o022, 0o750, 0o640],
      ['group', 0o077, 0o700, 0o600],
    ] as const) {
      process.umask(umask)
      const name = `${readers}-${umask}`
      const disk = readers === 'group' ? groupReadable(nodeDisk) : nodeDisk
      await disk.mkdir(join(folder, name, 'inner'))
      disk.open(join(folder, name, 'file'), 'write').close()
      expect([modeOf(name), modeOf(`${name}/inner`), modeOf(`${name}/file`)]).toEqual([ofFolder, ofFolder, ofFile])
    }
    const lock = nodeDisk.lock(join(folder, 'user-18/lock'))
    expect(modeOf('user-18/lock')).toBe(0o600)
    lock?.release()
  } finally {
    process.umask(before)
  }
})
