/** The table of metrics in docs/operations.md is the list in the program, in both directions. */
import { expect, test } from 'vitest'
import { METRICS } from '../../src/server/metrics/all.ts'
import { readDocument } from './markdown.ts'

test('operations.md has each metric with its labels, type and meaning, and no other', () => {
  const rows = readDocument('docs/operations.md')
    .split('\n')
    .filter((line) => line.startsWith('| `tailrace_'))
  const expected = METRICS.map(({ name, labels, type, help }) => {
    return `| \`${name}\` | ${labels.map((label) => `\`${label}\``).join(', ')} | ${type}. ${help} |`
  })
  expect(rows).toEqual(expected)
})

test('names end with their unit, and those of counters with _total', () => {
  expect(new Set(METRICS.map(({ name }) => name)).size).toBe(METRICS.length)
  for (const { name, type } of METRICS) {
    expect(name).toMatch(/^tailrace_[a-z_]+$/)
    expect({ name, isTotal: name.endsWith('_total') }).toEqual({ name, isTotal: type === 'counter' })
  }
})
