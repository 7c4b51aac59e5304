import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { startHelper } from './early-thread.ts'
import { WORTH_A_THREAD } from './unit-bytes.ts'

const folder = mkdtempSync(join(tmpdir(), 'tailrace-early-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a thread is started for large files, and for nothing else that a command line may have', async () => {
  const file = (name: string, bytes: number): string => {
    const path = join(folder, name)
    writeFileSync(path, '')
    truncateSync(path, bytes)
    return path
  }
  const large = file('large.log', WORTH_A_THREAD + 1)
  const sql = `SELECT COUNT(*) FROM log WHERE path = '${'/a'.repeat(3000)}'`
  for (const args of [
    [],
    [sql],
    [sql, file('small.log', 1000)],
    [sql, file('packed.log.gz', WORTH_A_THREAD + 1)],
    [sql, join(folder, 'not-there.log'), '\0', '-', '--format', 'common'],
    [sql, large, '--workers', '1'],
    [sql, large, '--workers=1'],
  ]) {
    expect(startHelper(args)).toBeUndefined()
  }
  const helper = startHelper([sql, large])
  expect(helper !== undefined).toBe(availableParallelism() > 1)
  await helper?.terminate()
})
