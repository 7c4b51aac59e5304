import { appendFile, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeFolder } from '../../test/contract/folder.ts'
import { deliveryOf } from '../../test/contract/made-deliveries.ts'
import { deliveredSinkContract, openSinkAt, sinkContract } from '../../test/contract/sink.ts'
import type { Disk } from '../base/disk/disk.ts'
import { nodeDisk } from '../base/disk/node-disk.ts'
import { Failure } from '../base/failure.ts'
import { csv } from './csv.ts'
import { ndjson } from './ndjson.ts'

const linesIn = async (path: string): Promise<string[]> => (await readFile(path, 'utf8')).split('\n').slice(0, -1)

const csvTarget = async () => {
  const folder = await makeFolder()
  const stored = async () => {
    const [head, ...rows] = await linesIn(join(folder, 'out.csv'))
    expect(head).toBe('ts,size,text')
    return rows.map((row) => row.split(',').at(-1) as string)
  }
  return { options: 'out.csv', folder, stored }
}
sinkContract(csv, 'rows', csvTarget)
deliveredSinkContract(csv, csvTarget)

const ndjsonTarget = async () => {
  const folder = await makeFolder()
  const stored = async () => (await linesIn(join(folder, 'a/b/out.ndjson'))).map((line) => JSON.parse(line).text)
  return { options: { path: 'a/b/out.ndjson' }, folder, stored }
}
sinkContract(ndjson, 'rows', ndjsonTarget)
deliveredSinkContract(ndjson, ndjsonTarget)

const row = (partition: number, offset: number) =>
  deliveryOf(partition, offset, [{ text: `${partition}/${offset}`, time: 0 }])

test('a row is in the file as soon as it is written, and the state is the length of the file', async () => {
  const folder = await makeFolder()
  await using sink = await openSinkAt(csv, { options: 'out.csv', folder })
  await sink.write(row(0, 0))
  const content = 'ts,size,text\n1970-01-01T00:00:00.000Z,3,0/0\n'
  expect(await readFile(join(folder, 'out.csv'), 'utf8')).toBe(content)
  expect(await sink.flush()).toEqual({ path: 'out.csv', length: content.length })
})

test('a file that is gone or shorter than its state says is not opened, and not made', async () => {
  const folder = await makeFolder()
  const path = join(folder, 'out.csv')
  const sink = await openSinkAt(csv, { options: 'out.csv', folder })
  await sink.write(row(0, 0))
  const state = await sink.flush()
  await sink[Symbol.asyncDispose]()
  await truncate(path, 20)
  await expect(openSinkAt(csv, { options: 'out.csv', folder }, { state })).rejects.toMatchObject({
    code: 'corrupt',
    message: `sink out: ${path} has 20 bytes, but 44 were written to it`,
    hint: 'it was cut or replaced by somebody else: put it back, or let the sink write to another path',
  })
  await rm(path)
  await expect(openSinkAt(csv, { options: 'out.csv', folder }, { state })).rejects.toThrow(
    `sink out: ${path} no longer exists, but 44 bytes were written to it`,
  )
  expect(await readdir(folder)).toEqual(['.out.csv.owner'])
})

test('a file that is cut or moved away under the sink is a failure until it is back, and no row is lost meanwhile', async () => {
  const folder = await makeFolder()
  const path = join(folder, 'out.ndjson')
  await using sink = await openSinkAt(ndjson, { options: 'out.ndjson', folder })
  await sink.write(row(0, 0))
  const state = await sink.flush()
  const before = await readFile(path)
  for (const [spoil, message] of [
    [() => truncate(path, 5), `${path} has 5 bytes, but ${before.length} were written to it`],
    [() => rename(path, `${path}.1`), `${path} no longer exists: it was moved or removed by somebody else`],
    [() => writeFile(path, before), `${path} is another file now: it was moved or removed by somebody else`],
  ] as const) {
    await spoil()
    for (const work of [() => sink.write(row(0, 1)), () => sink.flush()]) {
      await expect(work()).rejects.toMatchObject({ name: 'Failure', code: 'corrupt', retryable: false, message })
    }
  }
  expect(ndjson.lost?.(state, { path: 'out.ndjson' }, { disk: nodeDisk, folder, name: 'out', scratch: '' })).toEqual([])
  await rename(`${path}.1`, path)
  await writeFile(path, before)
  await sink.write(row(0, 1))
  await sink.flush()
  expect((await linesIn(path)).map((line) => JSON.parse(line).text)).toEqual(['0/0', '0/1'])
})

test('rows are appended to a file that was there before, on a line of their own and without a second header', async () => {
  const folder = await makeFolder()
  await writeFile(join(folder, 'old.csv'), 'ts,size,text\nx,1,old')
  await using sink = await openSinkAt(csv, { options: 'old.csv', folder })
  await sink.write(row(0, 0))
  await appendFile(join(folder, 'old.csv'), '')
  expect(await linesIn(join(folder, 'old.csv'))).toEqual(['ts,size,text', 'x,1,old', '1970-01-01T00:00:00.000Z,3,0/0'])
  await using bare = await openSinkAt(csv, { options: { path: 'bare.csv', header: false }, folder })
  await bare.write(row(0, 1))
  expect(await linesIn(join(folder, 'bare.csv'))).toEqual(['1970-01-01T00:00:00.000Z,3,0/1'])
})

test('a folder that cannot be written to is one clear failure', async () => {
  const folder = await makeFolder()
  await writeFile(join(folder, 'file'), '')
  await expect(openSinkAt(ndjson, { options: 'file/out.ndjson', folder })).rejects.toMatchObject({
    message: expect.stringContaining(join(folder, 'file')),
  })
})

test('half a head, left by a crash before the first checkpoint, is written over; any other content is kept', async () => {
  const folder = await makeFolder()
  const path = join(folder, 'out.csv')
  for (const [before, after] of [
    ['ts,si', 'ts,size,text\n'],
    ['ts,size,text\n', 'ts,size,text\n'],
    ['other', 'other\n'],
  ] as const) {
    await writeFile(path, before)
    await using _ = await openSinkAt(csv, { options: 'out.csv', folder })
    expect(await readFile(path, 'utf8')).toBe(after)
  }
})

// Promise: A row that did not fit on the disk is not in the file in part: what was written of it is cut off at once.
test('half a row that a full disk took is cut off', async () => {
  const folder = await makeFolder()
  let isFull = false
  const disk: Disk = {
    ...nodeDisk,
    open(path, access, readers) {
      const file = nodeDisk.open(path, access, readers)
      const write: typeof file.write = (buffers, position) => {
        if (!isFull) return file.write(buffers, position)
        file.write([Buffer.concat(buffers).subarray(0, 3)], position)
        throw new Failure('full', 'no space is left', { retryable: true })
      }
      return { ...file, write }
    },
  }
  const sink = await openSinkAt(ndjson, { options: 'out.ndjson', folder }, { disk })
  await sink.write(row(0, 0))
  const whole = await readFile(join(folder, 'out.ndjson'), 'utf8')
  isFull = true
  await expect(sink.write(row(1, 1))).rejects.toThrow('no space is left')
  expect(await readFile(join(folder, 'out.ndjson'), 'utf8')).toBe(whole)
  isFull = false
  await sink.write(row(1, 1))
  expect((await readFile(join(folder, 'out.ndjson'), 'utf8')).split('\n')).toHaveLength(3)
  await sink[Symbol.asyncDispose]()
})
