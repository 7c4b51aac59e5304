/** The names of the columns that formats bring themselves. */
import { expect, test } from 'vitest'
import { reserved } from '../sql/syntax/reserved.ts'
import { formats } from './all.ts'
import type { OpenFormat } from './format.ts'

await formats.loadAll()

/** The format without options; undefined where it has no columns then. */
function opened(name: string): OpenFormat | undefined {
  try {
    return formats.get(name)?.open({}, undefined)
  } catch {
    return undefined
  }
}

const built = formats.names.flatMap((name) => (opened(name)?.fields ?? []).map((field) => `${name}.${field.name}`))

test('no column of a format has a name that Flink reserves', () => {
  expect(built.length).toBeGreaterThan(50)
  expect(built.filter((name) => reserved.has((name.split('.')[1] ?? '').toUpperCase()))).toEqual([])
})
