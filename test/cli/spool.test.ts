import { existsSync, readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test, vi } from 'vitest'
import { type Folder, folderWith, jsonOf, MAIN, startProgram } from './tailrace.ts'

const PIPELINE = `version: 1
name: chain
sources:
  log: { file: { path: answers.log, poll: 20ms }, to: answers }
  inbox: { spool: { folder: spool, files: "answer_*.json", record: file, settle: 0s, poll: 20ms }, to: pop }
topics:
  answers: { partitions: 2, format: { json: { columns: { n: INT } } } }
  pop:
    partitions: 2
    format: { json: { columns: { n: INT } } }
    columns: { name: STRING METADATA FROM 'file.name' }
queries:
  seen: SELECT n, name FROM pop
sinks:
  inbox: { from: answers, spool: { folder: spool, name: "answer_%Y%m%d_%H%M%S.json" } }
  seen: { from: seen, ndjson: seen.ndjson }
checkpoint: { interval: 30ms }
`

const COUNT = 40
const KILL_DISK = resolve('test/crash/kill-disk.ts')

/** Operations of the disk before which the process is killed. */
const MOMENTS = [
  { at: 3, pattern: 'rename to .*/spool/answer_[^.]*\\.json$' },
  { at: 2, pattern: 'rename to .*note\\.json$' },
  { at: 4, pattern: 'rename to .*COMPLETED$' },
  { at: 5, pattern: 'sync of folder .*/spool$' },
  { at: 2, pattern: 'write at .*\\.tailrace-' },
]

const rowsOf = (folder: Folder): readonly { readonly n: number; readonly name: string }[] =>
  existsSync(folder.at('seen.ndjson')) ? (jsonOf(folder.lines('seen.ndjson')) as never) : []

test('a folder that is not there yet is worth a warning of check, unless a sink makes it', async () => {
  using folder = folderWith({ 'p.yaml': PIPELINE, 'answers.log': '' })
  expect((await folder.tailrace('check', 'p.yaml')).stderr).toBe('')
  folder.write('own.yaml', 'sinks: { inbox: { spool: { folder: elsewhere } } }')
  const warned = await folder.tailrace('check', 'p.yaml', '--with', 'own.yaml')
  expect(warned.stderr).toMatch(/^warning: p\.yaml:5:\d+: there is no folder spool yet$/m)
})

// Holds spool-chain.
test('one pipeline with the sink and the source: each record is one file and comes back once, whenever it is killed', {
  timeout: 120_000,
}, async () => {
  using folder = folderWith({ 'p.yaml': PIPELINE, 'answers.log': '' })
  let next = 0
  const grow = (count: number) => {
    for (const end = next + count; next < end; next++) folder.append('answers.log', `{"n":${next}}\n`)
  }
  for (const moment of MOMENTS) {
    grow(COUNT / 8)
    const environment = { TAILRACE_CRASH_DISK: JSON.stringify(moment) }
    const running = startProgram(
      process.execPath,
      ['--import', KILL_DISK, MAIN, 'run', 'p.yaml'],
      folder.path,
      environment,
    )
    await running.line(/^killed before/)
    expect(await running.ended).toMatchObject({ signal: 'SIGKILL' })
  }
  grow(COUNT - next)
  const running = folder.start('run', 'p.yaml')
  await vi.waitUntil(() => rowsOf(folder).length >= COUNT, { timeout: 60_000 })
  expect(await running.stop()).toMatchObject({ code: 0 })
  const rows = rowsOf(folder)
  expect(rows.map(({ n }) => n).sort((a, b) => a - b)).toEqual(Array.from({ length: COUNT }, (_, n) => n))
  const completed = readdirSync(folder.at('spool')).filter((name) => !name.startsWith('.'))
  expect(completed).toEqual(rows.map(({ name }) => `${name}.COMPLETED`).sort())
})
