import { expect, test } from 'vitest'
import { notifiers } from '../../alert/all.ts'
import type { PartList } from '../../base/part-list.ts'
import { formats } from '../../format/all.ts'
import { sinks } from '../../sink/all.ts'
import { sources } from '../../source/all.ts'
import { tableTypes } from '../../table/all.ts'
import { loadKinds } from './load-kinds.ts'

const LISTS: { readonly [what: string]: PartList<{ readonly name: string }> } = {
  sources,
  formats,
  tableTypes,
  sinks,
  notifiers,
}

test('the kinds that a file names are loaded, by key, by text and by --set, and others are not', async () => {
  await loadKinds({ sources: { a: { generator: {} } }, topics: { b: { format: 'cri' } } }, ['sinks.c.csv=x.csv'])
  expect([sources, formats, sinks].map((list) => list.names.filter(list.isLoaded))).toEqual([
    ['generator'],
    ['cri', 'csv'],
    ['csv'],
  ])
})

test('a misspelt kind loads the one that was probably meant', async () => {
  await loadKinds({ tables: { a: { sqlit: {}, time: 'ts' } }, sinks: { b: { from: 'x', consol: {} } } })
  await loadKinds({
    topics: { c: { format: { logfmd: {} } }, d: { format: { json: { inside: { m: { sylog: {} } } } } } },
  })
  expect([tableTypes, sinks, formats].map((list) => list.names.filter(list.isLoaded))).toEqual([
    ['sqlite'],
    ['console', 'csv', 'sqlite'],
    ['cri', 'syslog', 'json', 'logfmt', 'csv'],
  ])
})

test.each(Object.entries(LISTS))('%s: each part is listed under its own name', async (_, list) => {
  expect((await list.loadAll()).map(({ name }) => name)).toEqual(list.names)
})
