/** The page about added columns has every key of METADATA, with its type. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { typeName } from '../record/type.ts'
import { METADATA_KEYS, metadataOf } from './metadata.ts'

test('the table of keys in docs/pipeline-file.md is that of the code', () => {
  const page = readFileSync('docs/pipeline-file.md', 'utf8')
  const [, table = ''] = /\| key \| type \| what it is \|\n\| --- \| --- \| --- \|\n((?:\|.*\n)+)/.exec(page) ?? []
  const documented = table.split('\n').flatMap((line) => {
    const [, keys = '', type = ''] = line.split('|').map((cell) => cell.trim())
    return [...keys.matchAll(/`([^`]+)`/g)].map(([, key = '']) => [key, type])
  })
  expect(documented.map(([key]) => key).sort()).toEqual([...METADATA_KEYS].sort())
  for (const [key = '', type] of documented) {
    const found = metadataOf(key)
    expect([key, found && typeName(found.type)]).toEqual([key, type])
  }
})
