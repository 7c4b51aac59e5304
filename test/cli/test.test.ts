/** `tailrace test`: the real command line, on the examples and on files of its own. */
import { globSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folderWith, PROGRAM, startProgram } from './tailrace.ts'

const EXAMPLES = globSync('examples/*/pipeline.yaml')
  .filter((file) => /^tests:/m.test(readFileSync(file, 'utf8')))
  .sort()

test('examples have tests', () => expect(EXAMPLES.length).toBeGreaterThan(1))

test.each(EXAMPLES)('the tests of %s are ok', async (file) => {
  const { code, stdout, stderr } = await startProgram(process.execPath, [PROGRAM, 'test', file, '--json']).ended
  expect(stderr).toBe('')
  const { ok, tests } = JSON.parse(stdout)
  expect(tests.filter((one: { readonly ok: boolean }) => !one.ok)).toEqual([])
  expect({ ok, code }).toEqual({ ok: true, code: 0 })
  expect(tests.length).toBeGreaterThanOrEqual(3)
})

const SHOP = `version: 1
name: shop
params: { N: 3 }
sources:
  orders: { http: { url: "\${API_URL}", every: 1s, auth: { bearer: "\${TOKEN}" } }, to: orders }
topics:
  orders:
    partitions: 2
    format: { json: { columns: { ts: TIMESTAMP(3), item: STRING, price: "DECIMAL(10, 2)", ok: BOOLEAN } } }
    watermark: ts - INTERVAL '5' SECOND
    idle: 10s
queries:
  by_item: |
    SELECT window_start, item, COUNT(*) AS n, SUM(price) AS total
    FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, item
alerts:
  dear: { from: by_item, when: total > 100, key: item, notify: { webhook: { url: "\${HOOK_URL}" } } }
sinks:
  out: { from: by_item, csv: out.csv }
`

const test2 = (...lines: readonly string[]) => `${SHOP}tests:\n${lines.map((line) => `  ${line}\n`).join('')}`

const ORDERS = [
  'one:',
  '  steps:',
  '    - send:',
  '        orders:',
  '          - { ts: "2026-01-01T00:00:01", item: tea, price: 3.50, ok: true }',
  '          - { ts: "2026-01-01T00:00:02", item: "a, b", price: 200, ok: true }',
  '          - { ts: "2026-01-01T00:00:03", item: tea, price: 4, ok: true }',
  '  expect:',
]

test('what differs is shown with its place in the file, and nothing is left behind', async () => {
  using folder = folderWith({
    'p.yaml': test2(
      ...ORDERS,
      '    by_item: |',
      '      item,   n, total',
      '      "a, b", 1, 200.0',
      '      tea,    2, 7.05',
      '    alerts: { dear: [{ state: firing, item: "a, b", at: "2026-01-01 00:01" }] }',
    ),
  })
  const { code, stdout } = await folder.tailrace('test', 'p.yaml')
  expect(code).toBe(1)
  expect(stdout.replaceAll(/\d+ ms/g, 'N ms')).toBe(`FAILED  one  N ms
  p.yaml:29:7: the rows of by_item are not those expected
      item  n  total
      a, b  1  200
    - tea   2  7.05
    + tea   2  7.5
1 test: 0 ok, 1 failed, N ms
`)
  expect(readdirSync(folder.path)).toEqual(['p.yaml'])
})

test('--update changes what is expected, and nothing else', async () => {
  const file = test2(
    ...ORDERS,
    '    by_item: | # two items',
    '      n, item # no comment',
    '    # between',
    '    orders:',
    '    alerts: { dear: [] } # behind',
    'two: # no rows',
    '  steps: [{ send: { orders: ["{}x"] } }]',
    '  expect:',
    '    by_item:',
    '      - { item: tea }',
    '    dead: { orders: 3 }',
    'three: { steps: [{ send: { orders: [{ ts: "2026-01-01T00:00:01", item: "\\" , " }] } }], expect: { by_item: } }',
  ).replace('n, item # no comment', 'n, item')
  using folder = folderWith({ 'p.yaml': file })
  const { code, stdout, stderr } = await folder.tailrace('test', 'p.yaml', '--update')
  expect(stderr).toBe('p.yaml: 6 expectations updated\n')
  expect({ code, ok: stdout.match(/^ok/gm)?.length }).toEqual({ code: 0, ok: 3 })
  const after = readFileSync(folder.at('p.yaml'), 'utf8')
  expect(after).toContain(': | # two items\n        n, item\n        1, "a, b"\n        2, tea\n      # between\n')
  expect(after).toContain(`      orders: |
        ts,                  item,   price, ok
        2026-01-01T00:00:01, tea,    3.5,   true
        2026-01-01T00:00:03, tea,    4,     true
        2026-01-01T00:00:02, "a, b", 200,   true
      alerts: { dear: [`)
  expect(after).toContain('] } # behind\n  two: # no rows\n')
  expect(after).toContain('      by_item:\n        []\n      dead: { orders: 1 }\n')
  expect(after).toContain(
    'expect: { by_item: [{ window_start: "2026-01-01T00:00:00", item: "\\" , ", n: 1, total: null }] } }',
  )
  expect(after.startsWith(SHOP)).toBe(true)
  const again = await folder.tailrace('test', 'p.yaml', '--update')
  expect({ code: again.code, stderr: again.stderr }).toEqual({ code: 0, stderr: '' })
  expect(readFileSync(folder.at('p.yaml'), 'utf8')).toBe(after)
})

test('a dead letter and a late row that nobody expects fail the test, and --update does not accept them', async () => {
  const file = test2(
    'unexpected:',
    '  steps:',
    '    - send: { orders: { lines: [{ ts: "2026-01-01T00:02:00" }, { ts: "2026-01-01T00:00:00" }, broken], partition: 0 } }',
    '    - send: { orders: [{ ts: "2026-01-03T00:00:00" }] }',
  )
  using folder = folderWith({ 'p.yaml': file })
  const { code, stdout } = await folder.tailrace('test', 'p.yaml', '--update', '--json', '--junit', 'junit.xml')
  expect(code).toBe(1)
  const [{ problems }] = JSON.parse(stdout).tests
  expect(problems.map(({ message }: { readonly message: string }) => message)).toEqual([
    '2 dead letters of orders, which the test does not expect',
    '1 late row of by_item, which the test does not expect',
  ])
  expect(problems[0].hint).toContain('The clock of the test is at 2026-01-01T00:00:00.000Z')
  expect(problems[0].unexpected.map(({ kind }: { readonly kind: string }) => kind)).toEqual(['format', 'future'])
  expect(readFileSync(folder.at('p.yaml'), 'utf8')).toBe(file)
  expect(readFileSync(folder.at('junit.xml'), 'utf8')).toContain('<testsuite name="shop" tests="1" failures="1"')
})

test('tests are chosen by parts of their names, and can be written in TypeScript', async () => {
  const module = (expected: number) => `export const pipeline = {
  version: 1, name: 'x',
  topics: { t: { format: { json: { columns: { a: 'INT' } } } } },
  queries: { q: 'SELECT a + 1 AS b FROM t' },
  tests: {
    'adds one': { steps: [{ send: { t: [{ a: 1 }] } }], expect: { q: [{ b: ${expected} }] } },
    'adds nothing': { expect: { q: [{ b: 1 }] } },
  },
}`
  using folder = folderWith({ 'p.ts': module(2) })
  const { code, stdout } = await folder.tailrace('test', 'p.ts', 'ONE')
  expect({ code, first: stdout.slice(0, 16) }).toEqual({ code: 0, first: 'ok      adds one' })
  expect(await folder.tailrace('test', 'p.ts', 'two')).toMatchObject({
    code: 2,
    stderr: 'tailrace: no test has two in its name\n  There are: adds one, adds nothing.\n',
  })
  expect((await folder.tailrace('test', 'p.ts', '--update')).stderr).toContain('updated by hand')
})

test('an overlay may bring tests, which are updated where they stand', async () => {
  using folder = folderWith({ 'p.yaml': SHOP, 'more.yaml': 'tests: { none: { expect: { by_item: [{ n: 1 }] } } }\n' })
  expect(await folder.tailrace('test', 'p.yaml')).toMatchObject({ code: 2 })
  expect(await folder.tailrace('test', 'p.yaml', '--with', 'more.yaml', '--update')).toMatchObject({ code: 0 })
  expect(readFileSync(join(folder.at('more.yaml')), 'utf8')).toBe('tests: { none: { expect: { by_item: [] } } }\n')
})
