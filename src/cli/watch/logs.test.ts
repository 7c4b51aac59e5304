import { renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { temporaryFolder } from '../../data/data-folder.test-tool.ts'
import type { SourceContext } from '../../source/source.ts'
import { findLogs } from './logs.ts'

const options = { clock: systemClock, wanted: undefined, hasTime: true }

test('a file with its rotations is one log; files of several hosts are several', async () => {
  using folder = temporaryFolder()
  const names = [
    'access.log',
    'access.log.1',
    'access.log.2.gz',
    'web-1.log',
    'web-1.log.1',
    'web-2.log',
    'app-2026-11-01.log',
  ]
  for (const name of [...names, 'app-2026-11-02.log']) writeFileSync(`${folder.path}/${name}`, '')
  expect(await findLogs([`${folder.path}/*`], options)).toHaveLength(4)
  symlinkSync('web-2.log', `${folder.path}/now.log`)
  expect(await findLogs([`${folder.path}/*`], options)).toHaveLength(4)
  expect(await findLogs([`${folder.path}/access.log`, `${folder.path}/access.log.1`], options)).toHaveLength(1)
  expect(await findLogs([`${folder.path}/*`], { ...options, hasTime: false })).toHaveLength(1)
})

test('each log has a partition; one that is rotated keeps it, and one that is new gets one', async () => {
  using folder = temporaryFolder()
  const at = (name: string) => `${folder.path}/${name}`
  for (const name of ['a.log', 'b.log']) writeFileSync(at(name), `1 ${name}\n`)
  const sources = await findLogs([at('*.log*')], options)
  const stop = new AbortController()
  const given: (readonly [text: string, partition: number])[] = []
  let waiting: () => void = () => {}
  const context: SourceContext = {
    name: 'log',
    folder: folder.path,
    clock: systemClock,
    place: undefined,
    places: [],
    untilEnd: false,
    signal: stop.signal,
    warn() {},
  }
  const running = sources.map(async (type) => {
    await using source = await type.open({}, context)
    await source.run(async ({ bytes, start, end, count }, _, of) => {
      for (let i = 0; i < count; i++) {
        const text = Buffer.from(bytes.subarray(start[i], end[i])).toString()
        given.push([text, of !== undefined && 'partition' in of ? of.partition : -1])
      }
      waiting()
    })
  })
  const until = async (count: number) => {
    while (given.length < count) await new Promise<void>((resolve) => (waiting = resolve))
  }
  await until(2)
  renameSync(at('a.log'), at('a.log.1'))
  writeFileSync(at('a.log'), '2 a.log\n')
  writeFileSync(at('c.log'), '1 c.log\n')
  await until(4)
  stop.abort()
  await Promise.all(running)
  expect(given.toSorted()).toEqual([
    ['1 a.log', 0],
    ['1 b.log', 1],
    ['1 c.log', 0],
    ['2 a.log', 0],
  ])
})
