/** An unmodified Flume takes the files of the sink `spool` as they are made, while tailrace is killed again and again. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startFlume } from '../../scripts/services/flume/flume.ts'
import { installedJars } from '../../scripts/services/jars.ts'
import { folderWith, MAIN, startProgram } from '../cli/tailrace.ts'
import { isMissing } from './missing.ts'

const testWithFlume = test.skipIf(await isMissing('Flume', () => installedJars('flume')))

const PIPELINE = `version: 1
name: answers
sources:
  log: { file: { path: answers.log, poll: 20ms }, to: answers }
topics:
  answers: { partitions: 2, format: { json: { columns: { n: INT } } } }
sinks:
  inbox: { from: answers, spool: { folder: spool, name: "response_%Y%m%d_%H%M%S.json" } }
checkpoint: { interval: 30ms }
`

const flumeConf = (spool: string, out: string) => `
a1.sources = r1
a1.channels = c1
a1.sinks = k1
a1.sources.r1.type = spooldir
a1.sources.r1.spoolDir = ${spool}
a1.sources.r1.basenameHeader = true
a1.sources.r1.pollDelay = 10
a1.sources.r1.channels = c1
a1.channels.c1.type = memory
a1.channels.c1.capacity = 10000
a1.sinks.k1.type = file_roll
a1.sinks.k1.sink.directory = ${out}
a1.sinks.k1.sink.rollInterval = 0
a1.sinks.k1.channel = c1
`

/** Operations of the disk before which tailrace is killed. */
const MOMENTS = [
  { at: 2, pattern: 'rename to .*/spool/response_[^.]*\\.json$' },
  { at: 3, pattern: 'sync of folder .*/spool$' },
  { at: 2, pattern: 'rename to .*note\\.json$' },
  { at: 4, pattern: 'rename to .*/spool/response_[^.]*\\.json$' },
  { at: 2, pattern: 'write at .*\\.tailrace-' },
]
const COUNT = 60

// Holds spool-chain.
testWithFlume('Flume takes each record once, and never meets a half file or a name for the second time', async () => {
  using folder = folderWith({ 'p.yaml': PIPELINE, 'answers.log': '' })
  for (const name of ['spool', 'out']) mkdirSync(folder.at(name))
  await using flume = await startFlume({ conf: flumeConf(folder.at('spool'), folder.at('out')) })
  let next = 0
  const grow = (count: number) => {
    for (const end = next + count; next < end; next++) folder.append('answers.log', `{"n":${next}}\n`)
  }
  const taken = () =>
    readdirSync(folder.at('out')).flatMap((name) =>
      readFileSync(join(folder.at('out'), name), 'utf8')
        .split('\n')
        .slice(0, -1),
    )
  for (const moment of MOMENTS) {
    grow(10)
    const args = ['--import', resolve('test/crash/kill-disk.ts'), MAIN, 'run', 'p.yaml']
    const running = startProgram(process.execPath, args, folder.path, { TAILRACE_CRASH_DISK: JSON.stringify(moment) })
    expect(await running.ended).toMatchObject({ signal: 'SIGKILL' })
    // Flume takes what was published meanwhile, or does not: both happen.
    if (moment.at % 2 === 0) await sleep(200)
  }
  grow(COUNT - next)
  const running = folder.start('run', 'p.yaml')
  while (taken().length < COUNT) await sleep(50)
  expect(await running.stop()).toMatchObject({ code: 0 })
  const all = Array.from({ length: COUNT }, (_, n) => `{"n":${n}}`)
  expect(taken().toSorted()).toEqual(all.toSorted())
  const names = readdirSync(folder.at('spool')).filter((name) => !name.startsWith('.'))
  expect(names).toHaveLength(COUNT)
  expect(names.every((name) => name.endsWith('.json.COMPLETED'))).toBe(true)
  await flume.stop()
})
