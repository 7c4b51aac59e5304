import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { folderWith } from './tailrace.ts'

const PIPELINE = `
version: 1
name: made
sources:
  made: { generator: { count: 10000, seed: 7, bad: 1%, duplicates: 1% }, to: access }
topics: { access: { format: common, watermark: ts } }
queries: { all: { count: { every: 1h, from: access } } }
sinks:
  raw: { from: access, files: { path: raw, roll: 1h } }
`
const DIALS = ['count=10000', 'seed=7', 'bad=1%', 'duplicates.share=1%']

test('generate writes the very lines that a pipeline gets from the same generator', async () => {
  using folder = folderWith({ 'p.yaml': PIPELINE })
  const { code, stdout } = await folder.tailrace('generate', 'nasa', ...DIALS)
  expect(code).toBe(0)
  expect((await folder.run()).code).toBe(0)
  const [file = ''] = readdirSync(folder.at('raw'))
  expect(folder.read(`raw/${file}`)).toBe(stdout)
})

test('generate says what should come of the records', async () => {
  using folder = folderWith()
  const made = await folder.tailrace('generate', 'payments', ...DIALS, '-o', 'made.jsonl', '--expected', 'made.json')
  expect(made).toMatchObject({ code: 0, stdout: '', stderr: '' })
  expect(folder.lines('made.jsonl')).toHaveLength(10_000)
  const expected = JSON.parse(folder.read('made.json')) as {
    readonly answers: { readonly by_hour: { readonly rows: readonly { readonly events: number }[] } }
  }
  expect(expected).toMatchObject({ records: 10_000, fates: { sound: 9800, bad: 100, duplicate: 100 } })
  expect(expected.answers.by_hour.rows.reduce((sum, { events }) => sum + events, 0)).toBe(9900)
})

test('generate takes dials in any order, and lines for count', async () => {
  using folder = folderWith()
  const made = async (...dials: string[]) => (await folder.tailrace('generate', 'ip-logs', ...dials)).stdout
  const cut = await made('count=20', 'bad=50%', 'bad.kinds=[cut]')
  expect(await made('bad.kinds=[cut]', 'lines=20', 'bad=50%')).toBe(cut)
  expect(cut).not.toBe(await made('count=20'))
})

test('generate refuses dials that it does not have, and files that it cannot write', async () => {
  using folder = folderWith()
  const refused = async (...args: string[]) => {
    const { code, stderr } = await folder.tailrace('generate', ...args)
    return [code, stderr.split('\n')[0]]
  }
  expect(await refused('nasa', 'keys=3')).toEqual([
    2,
    'tailrace: generate: keys: a log like nasa has no keys: only logs like population, ip-logs, payments have',
  ])
  expect(await refused('nasa', 'cuont=3')).toEqual([2, 'tailrace: generate: there is no option cuont'])
  expect(await refused('nas')).toEqual([
    2,
    'tailrace: generate: like must be one of nasa, products, population, ip-logs, payments, not "nas"',
  ])
  expect(await refused('nasa', 'count=many')).toEqual([2, 'tailrace: generate: count must be a number, not "many"'])
  expect(await refused('nasa', 'bad.kinds=cut', 'bad=1%')).toEqual([
    2,
    'tailrace: generate: bad.kinds must be a list, not "cut"',
  ])
  expect(await refused('nasa', 'count=1', '-o', 'a', '--expected', 'a')).toEqual([
    2,
    'tailrace: --output and --expected are the same file, a: give two',
  ])
  expect(await refused('nasa', 'seed')).toEqual([
    2,
    'tailrace: seed: expected an option of the generator with its value, as seed=7',
  ])
  expect(await refused('payments', 'data=none.yaml')).toEqual([
    1,
    'tailrace: generator: the file of its data, none.yaml, cannot be read',
  ])
  const [code, message] = await refused('nasa', 'count=10', '-o', 'no/such/folder')
  expect(code).toBe(1)
  expect(message).toMatch(/^tailrace: no\/such\/folder cannot be written: ENOENT/)
})
