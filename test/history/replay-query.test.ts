import { expect, test } from 'vitest'
import { accessLine } from '../access-line.ts'
import { testRefusals } from '../cli/refused.ts'
import { folderWith, jsonOf, linesOf } from '../cli/tailrace.ts'

const counted = (condition = '') => `SELECT window_start, window_end, http_method, COUNT(*) AS hits
FROM TABLE(TUMBLE(TABLE access, DESCRIPTOR(ts), INTERVAL '1' MINUTE))${condition}
GROUP BY window_start, window_end, http_method
`

const PIPELINE = `version: 1
name: shop
sources:
  log: { file: access.log, to: access }
topics:
  access: { partitions: 3, format: common, watermark: ts - INTERVAL '2' SECOND }
queries:
  methods: |
${counted().replace(/^/gm, '    ')}
  lines: SELECT path FROM access
`

/** Every fifth line is up to ten seconds late. */
const log = Array.from({ length: 1800 }, (_, second) => {
  const late = second % 5 === 0 ? second % 11 : 0
  const at = Date.UTC(2020, 4, 15, 10) + 1000 * (second - late)
  return accessLine(at, { method: second % 3 ? 'GET' : 'POST' })
}).join('')

const files = {
  'p.yaml': PIPELINE,
  'access.log': log,
  'same.sql': counted(),
  'gets.sql': counted("\nWHERE http_method = 'GET'"),
  'wrong.sql': counted().replace('http_method,', 'verb,'),
  'other.sql': counted().replace('AS hits', 'AS n'),
}

test('the same statement over history gives the same rows again, late ones included; another shows the differences', async () => {
  using folder = folderWith(files)
  const { stdout } = await folder.run('--json')
  const late = /"late":\{"methods":([1-9]\d*),"lines":0\}/.exec(stdout)?.[1]
  expect(late).toBeDefined()
  const ask = (...args: string[]) => folder.tailrace('replay', 'methods', '--query', ...args)

  const same = await ask('same.sql', '--compare')
  expect(same).toMatchObject({ code: 0, stdout: '' })
  expect(same.stderr).toContain(`, ${late} late`)
  expect(same.stderr).toContain('60 rows equal, 0 differ')

  const span = ['--since', '2020-05-15 10:10', '--until', '2020-05-15 10:20']
  const gets = await ask('gets.sql', '--compare', '--into', 'gets', ...span)
  expect(gets.stderr).toContain('10 rows equal, 10 differ')
  expect(jsonOf(linesOf(gets.stdout))[0]).toMatchObject({
    methods: { window_start: '2020-05-15T10:10:00.000', http_method: 'POST' },
    gets: null,
  })
  const tapped = await folder.tailrace('tap', 'gets', '--data', '.tailrace/shop/scratch/gets', '--limit', '1')
  expect(JSON.parse(tapped.stdout)).toMatchObject({ http_method: 'GET' })
  expect((await folder.tailrace('fsck', '.tailrace/shop')).code).toBe(0)
})

const replay = (...args: readonly string[]) => ['replay', ...args]
testRefusals(
  () => folderWith(files),
  [
    [
      replay('lines', '--query', 'same.sql', '--compare'),
      2,
      'rows of query "lines" do not say which window they are of',
    ],
    [replay('methods', '--query', 'other.sql', '--compare'), 2, 'those of "methods" have other columns'],
    [replay('methods', '--query', 'wrong.sql'), 1, 'wrong.sql:1:34: there is no column verb'],
    [replay('methods', '--query', 'none.sql'), 1, '--query none.sql: it cannot be read'],
    [replay('nobody', '--query', 'same.sql'), 2, 'the pipeline has no query "nobody"'],
    [replay('methods', '--query', 'same.sql', '--into', 'lines'), 2, 'the pipeline has a topic or query of this name'],
  ],
)
