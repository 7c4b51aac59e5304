import { rmSync } from 'node:fs'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../data/data-folder.test-tool.ts'
import { Failure } from '../failure.ts'
import type { Disk } from './disk.ts'
import { openMemoryDisk } from './memory-disk.ts'
import { nodeDisk } from './node-disk.ts'

type Step =
  | { readonly kind: 'write'; readonly name: string; readonly text: string; readonly position: number }
  | { readonly kind: 'truncate'; readonly name: string; readonly size: number }
  | { readonly kind: 'rename'; readonly name: string; readonly to: string }
  | { readonly kind: 'read' | 'unlink' | 'removeAll' | 'mkdir' | 'list'; readonly name: string }

// What is a file is never used as a folder, nor the other way round: the product does not, either.
const file = fc.constantFrom('a', 'b', 'sub/a', 'sub/deep/b')
const folder = fc.constantFrom('sub', 'sub/deep')
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('write' as const),
    name: file,
    text: fc.string({ maxLength: 20 }),
    position: fc.nat(30),
  }),
  fc.record({ kind: fc.constant('truncate' as const), name: file, size: fc.nat(30) }),
  fc.record({ kind: fc.constant('rename' as const), name: file, to: file }),
  fc.record({ kind: fc.constantFrom('read', 'unlink', 'removeAll'), name: file }),
  fc.record({ kind: fc.constantFrom('mkdir', 'list', 'removeAll'), name: folder }),
)

/** What a step answers, or the code of its failure. */
async function take(disk: Disk, root: string, one: Step): Promise<unknown> {
  const path = `${root}/${one.name}`
  try {
    switch (one.kind) {
      case 'write': {
        const file = disk.open(path, 'write')
        file.write([Buffer.from(one.text), Buffer.from('.')], one.position)
        const found = [file.size(), file.whereabouts()]
        file.close()
        return found
      }
      case 'truncate': {
        const file = disk.open(path, 'write')
        file.truncate(one.size)
        const size = file.size()
        file.close()
        return size
      }
      case 'read': {
        const file = disk.open(path, 'read')
        const into = Buffer.alloc(100)
        const length = file.read(into, 2)
        file.close()
        return into.subarray(0, length).toString('latin1')
      }
      case 'rename':
        return disk.rename(path, `${root}/${one.to}`)
      case 'unlink':
        return disk.unlink(path)
      case 'removeAll':
        return disk.removeAll(path)
      case 'mkdir':
        return await disk.mkdir(path)
      case 'list':
        return disk.list(path)
    }
  } catch (error) {
    if (error instanceof Failure) return error.code
    throw error
  }
}

test('files in memory are as those on a disk', async () => {
  using folder = temporaryFolder()
  let round = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const root = `${folder.path}/${round++}`
      const memory = openMemoryDisk()
      await Promise.all([nodeDisk.mkdir(root), memory.mkdir(root)])
      for (const one of steps) {
        const [there, here] = [await take(nodeDisk, root, one), await take(memory, root, one)]
        expect(here, JSON.stringify(one)).toEqual(there)
      }
      rmSync(root, { recursive: true, force: true })
    }),
    { numRuns: 200 },
  )
})
