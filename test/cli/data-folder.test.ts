/** `topics`, `tap` and `dead` over a data folder, with and without a running pipeline. */
import { expect, test } from 'vitest'
import { accessLine, DAY } from '../access-line.ts'
import { DEMO, demo } from './demo.ts'
import { folderWith, send } from './tailrace.ts'

const noise = 'noise \x1b 1\nnoise 2\n'

const line = (minute: number) => accessLine(DAY + 60_000 * minute)

// Promise send-again-running: Dead letters can be looked at, and their records sent again, while the pipeline runs and when it does not.
test('a pipeline can be inspected, and its dead letters sent again, while it runs and when it is stopped', async () => {
  using folder = folderWith({ 'p.yaml': demo('tcp: 127.0.0.1:0').replace('partitions: 2', 'partitions: 1') })
  const ask = folder.tailrace
  const running = folder.start('run', 'p.yaml')
  const port = await running.port(/^demo runs:/)
  const following = folder.start('tap', 'access', '--follow', '--limit', '5')
  const sent = `${line(1)}noise \x1b 1\n${line(2)}noise 2\n${line(4)}`
  await send(port, sent)
  expect(await following.ended).toMatchObject({ code: 0, stderr: '', stdout: sent })

  for (const topic of ['paths', 'access.dead']) {
    expect(await ask('tap', topic, '--follow', '--limit', '2')).toMatchObject({ code: 0, stderr: '' })
  }
  const { topics } = JSON.parse((await ask('topics', 'p.yaml', '--json')).stdout)
  expect(topics).toMatchObject([
    { name: 'access', kind: 'source', records: 5, partitions: [{ start: 0, end: 5 }] },
    { name: 'access.dead', kind: 'dead', records: 2 },
    { name: 'demo.paths', kind: 'query', records: 2 },
    { name: 'demo.paths.dead', records: 0, partitions: [{ firstArrival: null }] },
  ])
  const tapped = await ask('tap', 'paths', '--from', '1', '-o', 'json')
  const value = expect.stringContaining('"hits":1')
  expect(JSON.parse(tapped.stdout)).toMatchObject({ partition: 0, offset: 1, value })
  const dead = await ask('dead', 'access')
  expect(dead).toMatchObject({ code: 0, stderr: '' })
  expect(dead.stdout).toMatch(
    /^2 × format: .*\n {2}first partition 0 offset 1, last partition 0 offset 3\n {2}noise \\x1b 1\n$/,
  )
  const again = () => ask('dead', 'access', '--send-again')
  // The process does it itself: the noise comes into its topic once more, and is a dead letter once more.
  expect(await again()).toMatchObject({ code: 0, stdout: '', stderr: '2 records sent again to access\n' })
  expect((await ask('tap', 'access', '--from', '5', '--follow', '--limit', '2')).stdout).toBe(noise)
  expect(await ask('tap', 'access.dead', '--follow', '--limit', '4')).toMatchObject({ code: 0 })

  await running.stop()
  expect((await ask('dead', 'access', '--reason', 'no such')).stderr).toContain('no dead letters of that kind')
  expect((await again()).stderr).toBe('2 records sent again to access, 2 were before\n')
  expect((await again()).stderr).toContain('0 records sent again to access, 4 were before')
  expect((await ask('tap', 'access', '--from', '5')).stdout).toBe(noise + noise)
  const letters = JSON.parse((await ask('dead', 'access', '--json')).stdout)
  expect(letters).toMatchObject({ kind: 'format', count: 4, sentAgain: 4 })
  expect((await ask('topics', '--partitions')).stdout).toMatch(/access +0 +0 to 8 +9 .*query paths 2\n/)
})

// Holds late.
test('late rows are one group with their lateness, and are not sent again', async () => {
  const log = [1, 9, 2, 3].map(line).join('')
  using folder = folderWith({ 'p.yaml': DEMO.replace('partitions: 2', 'partitions: 1'), 'access.log': log })
  expect(await folder.run()).toMatchObject({ code: 0 })
  const dead = await folder.tailrace('dead', 'access')
  expect(dead.stdout).toMatch(
    /^2 × late in query paths: the watermark of its partition had closed its last window\n {2}late by 4 min to 5 min\n {2}to count them: tailrace backfill paths --since \S+ --until \S+\n/,
  )
  const { lateMs } = JSON.parse((await folder.tailrace('dead', 'access', '--json')).stdout)
  expect(lateMs.greatest - lateMs.least).toBe(60_000)
  const sent = await folder.tailrace('dead', 'access', '--send-again')
  expect(sent.stderr).toBe(
    '0 records sent again to access, 2 are late or failed in a query and not sent: their records are counted elsewhere\n' +
      'late rows get into the rows of query paths by: tailrace backfill paths --since 1995-07-01T00:02 --until 1995-07-01T00:04\n',
  )
})
