import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { nodeDisk } from '../base/disk/node-disk.ts'
import { seededRandom } from '../base/random.ts'
import { temporaryFolder } from './data-folder.test-tool.ts'
import { ownDataFolder } from './data-folder.ts'
import { markOf, takeFile } from './file-owner.ts'
import type { FolderIdentity } from './identity.ts'

const own = async (path: string, seed = 1): Promise<FolderIdentity> => {
  using data = await ownDataFolder(nodeDisk, path, systemClock, seededRandom(seed))
  return data.identity
}
const formOf = (path: string) => JSON.parse(readFileSync(join(path, 'format.json'), 'utf8'))

test('a data folder gets an id, also one of an older tailrace, and keeps it', async () => {
  using folder = temporaryFolder()
  const { id } = await own(folder.path)
  expect(id).toMatch(/^\w+-\w+-\w+$/)
  expect((await own(folder.path, 2)).id).toBe(id)
  writeFileSync(join(folder.path, 'format.json'), '{"product":"tailrace","version":2}\n')
  const later = await own(folder.path, 3)
  expect(later.id).not.toBe(id)
  expect(formOf(folder.path)).toEqual({ product: 'tailrace', version: 2, id: later.id, crc32c: expect.any(String) })
})

// Promise: A data folder that is reached through a link, or was moved, still owns the files of its sinks; a copy does not.
test('a link or a move does not change whose a file is, with and without ids', async () => {
  for (const mark of ['with', 'without']) {
    using folder = temporaryFolder()
    const at = (name: string) => join(folder.path, name)
    const take = async (name: string) => await takeFile(nodeDisk, at('out.csv'), await own(at(name)), 'out')
    mkdirSync(at('real'))
    symlinkSync(at('real'), at('link'))
    await take('real')
    if (mark === 'without') writeFileSync(at('.out.csv.owner'), JSON.stringify({ data: at('real'), sink: 'out' }))
    await take('link')
    await take('real')
    cpSync(at('real'), at('copy'), { recursive: true })
    await expect(take('copy')).rejects.toMatchObject({ code: 'in-use' })
    rmSync(at('copy'), { recursive: true })
    renameSync(at('real'), at('moved'))
    await take('moved')
    expect(JSON.parse(readFileSync(markOf(at('out.csv')), 'utf8')).data).toBe(at('moved'))
  }
})

// Promise: Two containers with a data folder at the same path do not write to one file.
test('a folder with the same path on another host is another one; one that replaced it here is not', async () => {
  using folder = temporaryFolder()
  const data = join(folder.path, 'data')
  const out = join(folder.path, 'out.csv')
  const first = await own(data)
  await takeFile(nodeDisk, out, { ...first, host: 'container-1' }, 'out')
  // The same folder, in a container that was made anew.
  await takeFile(nodeDisk, out, { ...first, host: 'container-2' }, 'out')
  rmSync(data, { recursive: true })
  const second = await own(data, 2)
  const taken = takeFile(nodeDisk, out, { ...second, host: 'container-3' }, 'out')
  await expect(taken).rejects.toThrow(`written by sink out of the data folder ${data} on container-2`)
  await takeFile(nodeDisk, out, { ...second, host: 'container-2' }, 'out')
})
