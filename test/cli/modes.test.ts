/** What of a run other users can read: nothing. */
import { mkdirSync, readdirSync, statSync } from 'node:fs'
import { expect, test } from 'vitest'
import { accessLines } from '../access-line.ts'
import { demo } from './demo.ts'
import { folderWith } from './tailrace.ts'

// Promise: No file of a data folder can be read by other users, and no file of a sink by users outside of the group.
test('a run leaves nothing that all users can read', async () => {
  const archive = '  archive: { from: access, files: archive }\n'
  using folder = folderWith({ 'p.yaml': demo('file: access.log', archive), 'access.log': accessLines(100) })
  // As systemd makes it.
  mkdirSync(folder.at('given'), { mode: 0o755 })
  const umask = process.umask(0o022)
  try {
    expect((await folder.run()).code).toBe(0)
    expect((await folder.run('--data', 'given', '--set', 'sinks.paths.ndjson=out/given.ndjson')).code).toBe(0)
  } finally {
    process.umask(umask)
  }
  const open = (path: string, bits: number) =>
    readdirSync(folder.at(path), { recursive: true, encoding: 'utf8' }).filter(
      (name) => (statSync(folder.at(`${path}/${name}`)).mode & bits) !== 0,
    )
  expect(open('.tailrace', 0o077)).toEqual([])
  expect(open('given', 0o077)).toEqual([])
  expect([open('out', 0o027), open('archive', 0o027)]).toEqual([[], []])
  expect(statSync(folder.at('.tailrace')).mode & 0o777).toBe(0o700)
  expect(statSync(folder.at('out/paths.ndjson')).mode & 0o777).toBe(0o640)
})
