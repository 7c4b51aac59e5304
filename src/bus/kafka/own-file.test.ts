import { expect, test } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { hastyDisk, temporaryFolder } from '../../data/data-folder.test-tool.ts'
import { openOwnFile } from './own-file.ts'

test('a topic that was made anew is remembered without the one of its name before it', async () => {
  using folder = temporaryFolder()
  const open = () =>
    openOwnFile({ disk: hastyDisk, folder: folder.path, clock: systemClock, cluster: 'c', newProducer: async () => 7n })
  const end = { offset: 3, epoch: 0, sequence: 3, positions: new Map([['w', '1']]) }
  const file = await open()
  for (const topic of ['t', 't/0', 'u']) for (const partition of [0, 1]) file.set(topic, 'old', partition, end)
  file.forgetOthers('t', 'new')
  await file.save()
  const found = await open()
  const kept = ['t', 't/0', 'u'].map((topic) => [0, 1].map((partition) => found.get(topic, 'old', partition)?.offset))
  expect(kept).toEqual([
    [undefined, undefined],
    [3, 3],
    [3, 3],
  ])
})
