/** What `check` says of a key beside the kind that it is an option of, and of names that only wrong parts have. */
import { expect, test } from 'vitest'
import { folderWith } from './tailrace.ts'

const pipeline = (parts: { readonly [section: string]: string } = {}): string => {
  const all = {
    sources: '{ s: { file: a.log, to: t } }',
    topics: '{ t: { format: common } }',
    queries: '{ q: "SELECT host FROM t" }',
    sinks: '{ o: { from: q, csv: out.csv } }',
    ...parts,
  }
  const sections = Object.entries(all).map(([section, text]) => `${section}: ${text}\n`)
  return `version: 1\nname: p\n${sections.join('')}`
}

async function checked(parts: { readonly [section: string]: string }): Promise<string> {
  using folder = folderWith({ 'p.yaml': pipeline(parts), 'a.log': '' })
  return (await folder.tailrace('check', 'p.yaml')).stderr
}

test('a list where one path is taken: what to write instead', async () => {
  const said = "a, or a pattern for all of them: file: 'logs/*.log'; each of several is a source of its own."
  expect(await checked({ sources: '{ s: { file: [a, b], to: t } }' })).toContain(`Write one: file: ${said}`)
  expect(await checked({ sources: '{ s: { file: { path: [a, b] }, to: t } }' })).toContain("path: 'logs/*.log'")
  expect(await checked({ sources: '{ s: { file: a.log, poll: 1s, to: t } }' })).toContain(
    'It is an option of file: file: { path: a.log, poll: 1s }',
  )
})

test('a misspelt name of a part that is wrong itself is found there', async () => {
  const text = await checked({
    sources: '{ s: { file: a.log, to: acess } }',
    topics: '{ access: { format: combned } }',
    queries: '{ q: "SELECT host FROM access" }',
  })
  expect(text).toContain('there is no topic "acess"')
  expect(text).toContain('Did you mean "access"? There are: access.')
  expect(text).toContain('there is no format "combned"')
  expect(text).not.toContain('There are none')
})

test('a query with the name of the topic that it reads is one mistake', async () => {
  const text = await checked({ queries: '{ t: "SELECT host FROM t" }', sinks: '{ o: { from: t, csv: out.csv } }' })
  expect(text.match(/^p\.yaml:/gm)).toHaveLength(1)
  expect(text).toContain('query "t" and topic "t" have the same name')
})

test('--dead - is refused, and makes no file of that name', async () => {
  using folder = folderWith({ 'a.log': 'x\n' })
  const { code, stderr } = await folder.tailrace('query', 'SELECT * FROM log', 'a.log', '--dead', '-')
  expect(code).toBe(2)
  expect(stderr).toContain('--dead -: standard output is for the rows')
  expect(() => folder.read('-')).toThrow()
})

// Promise: a mistake in a watermark or in an added column hides no mistake of its own elsewhere.
test('a mistake in a watermark hides none in what reads the topic, and repeats itself nowhere', async () => {
  const windowed = "SELECT window_start, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE))"
  const text = await checked({
    topics: `{ t: { format: common, watermark: "tss - INTERVAL '5' SECOND" } }`,
    queries: `{ q: "SELECT hst FROM t", w: "${windowed} GROUP BY window_start, window_end" }`,
    reports: '{ r: { count: { by: pth, every: 1h, from: t } } }',
  })
  expect(text.match(/^p\.yaml:.*$/gm)).toEqual([
    expect.stringContaining('there is no column tss'),
    expect.stringContaining('there is no column hst'),
    expect.stringContaining('there is no column pth'),
  ])
})

test('a watermark with a wrong INTERVAL hides nothing either', async () => {
  const text = await checked({
    topics: `{ t: { format: common, watermark: "ts - INTERVAL '300' SECOND" } }`,
    queries: '{ q: "SELECT hst FROM t" }',
  })
  expect(text.match(/^p\.yaml:/gm)).toHaveLength(2)
  expect(text).toContain('there is no column hst')
})

test('wrong METADATA hides no wrong expression except those that read it', async () => {
  const text = await checked({
    topics: `{ t: { format: common, columns: { a: "INT METADATA FROM 'nope'", b: UPER(host), c: hst || 'x', e: a + 1 } } }`,
  })
  expect(text.match(/^p\.yaml:.*$/gm)).toEqual([
    expect.stringContaining('nope'),
    expect.stringContaining('UPER'),
    expect.stringContaining('hst'),
  ])
})
