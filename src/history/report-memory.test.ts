import { expect, test } from 'vitest'
import type { Disk } from '../base/disk/disk.ts'
import { Failure } from '../base/failure.ts'
import { hastyDisk, temporaryFolder } from '../data/data-folder.test-tool.ts'
import { openReportMemory } from './report-memory.ts'

test('a write that fails does not fail the next', async () => {
  await using folder = temporaryFolder()
  let isBroken = true
  const disk: Disk = {
    ...hastyDisk,
    open(path, access) {
      if (isBroken) throw new Failure('io', 'the disk is gone')
      return hastyDisk.open(path, access)
    },
  }
  const memory = openReportMemory({ disk, dataFolder: folder.path })
  await expect(memory.remember('daily', 1)).rejects.toThrow('the disk is gone')
  isBroken = false
  await memory.remember('daily', 2)
  expect(openReportMemory({ disk, dataFolder: folder.path }).done('daily')).toBe(2)
})
