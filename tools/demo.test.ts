/** `make demo` removes nothing for a log that it cannot read. */
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

test.each([
  ['/dev/null', 'there are no lines in it'],
  ['/no/such.log', 'no such file'],
  ['http://127.0.0.1:1/x.log', 'cannot be read'],
  ['nope://x', 'only http, https and ftp addresses can be read'],
])('LOG=%s is refused before anything is removed or run', (log, why) => {
  const { status, stderr, stdout } = spawnSync(process.execPath, ['tools/demo.ts', log], { encoding: 'utf8' })
  expect(status).toBe(1)
  // One line: nothing was started, and so nothing removed.
  expect(stderr).toMatch(/^make demo: LOG.*\n$/)
  expect(stderr).toContain(why)
  expect(stdout).toBe('')
})
