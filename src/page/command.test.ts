import { expect, test } from 'vitest'
import { commandShown } from './command.ts'

test('a command is shown as people type it', () => {
  expect(commandShown(['query', 'SELECT 1', 'access log', '-o', 'html'])).toBe(
    "tailrace query 'SELECT 1' 'access log' -o html",
  )
  expect(commandShown(['query', `SELECT ${'x'.repeat(80)}`, 'a.log'])).toBe("tailrace query '…' a.log")
})

test('what may be a secret is not shown', () => {
  expect(
    commandShown(['page', '--set', 'token=abc', '--set=sinks.a.password=xyz', '-p', 'http://me:pass@host/x']),
  ).toBe("tailrace page --set token=… --set=sinks.a.password=… -p 'http://…@host/x'")
})
