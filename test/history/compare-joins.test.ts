import { expect, test } from 'vitest'
import { seededRandom } from '../../src/base/random.ts'
import { accessLine } from '../access-line.ts'
import { folderWith, jsonOf, linesOf } from '../cli/tailrace.ts'

const groups = (path: string) => `(SELECT window_start, window_end, http_method, COUNT(*) AS hits
      FROM TABLE(TUMBLE(TABLE access, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) WHERE path ${path}
      GROUP BY window_start, window_end, http_method)`
const PIPELINE = `version: 1
name: shop
sources:
  log: { file: access.log, to: access }
topics:
  access: { partitions: 3, format: common, watermark: ts - INTERVAL '5' SECOND }
queries:
  joined: |
    SELECT a.window_start, a.window_end, a.http_method, a.hits, b.hits AS others
    FROM ${groups("= '/a'")} AS a LEFT JOIN ${groups("<> '/a'")} AS b
    ON a.window_start = b.window_start AND a.window_end = b.window_end AND a.http_method = b.http_method
  chosen: |
    SELECT a.window_start, a.window_end, a.ts, a.path
    FROM TABLE(HOP(TABLE access, DESCRIPTOR(ts), INTERVAL '30' SECOND, INTERVAL '1' MINUTE)) AS a
    WHERE a.path <> '/b' AND a.http_method NOT IN (
      SELECT b.http_method FROM TABLE(HOP(TABLE access, DESCRIPTOR(ts), INTERVAL '30' SECOND, INTERVAL '1' MINUTE)) AS b
      WHERE b.path = '/b' AND b.window_start = a.window_start AND b.window_end = a.window_end)
`

/** Three hours, a request every three seconds; some come up to 90 s late. */
function log(): string {
  const random = seededRandom(5)
  const begin = Date.parse('2020-05-15T10:00:00Z')
  return Array.from({ length: 3600 }, (_, n) => {
    const at = begin + 3000 * n - 1000 * (random.below(10) === 0 ? random.below(90) : 0)
    const method = random.below(4) === 0 ? 'POST' : 'GET'
    return accessLine(at, { method, path: random.below(9) === 0 ? '/b' : random.below(2) === 0 ? '/a' : '/c' })
  }).join('')
}

test('--compare of a window join is of the windows in the span, and late records explain all that differs', async () => {
  using folder = folderWith({ 'p.yaml': PIPELINE, 'access.log': log() })
  expect((await folder.run()).code).toBe(0)
  const span = ['--since', '2020-05-15T11:00', '--until', '2020-05-15T12:00']
  for (const name of ['joined', 'chosen']) {
    const { code, stdout, stderr } = await folder.tailrace('report', name, ...span, '--compare')
    expect([name, code, stderr]).toEqual([
      name,
      0,
      expect.stringMatching(/^\d{2,} rows equal, \d+ differ, \d+ late records/m),
    ])
    const differences = jsonOf<{ [side: string]: { window_start: string } | null }>(linesOf(stdout))
    expect(differences.length).toBeGreaterThan(3)
    for (const row of differences.flatMap((difference) => Object.values(difference))) {
      expect(row?.window_start ?? '2020-05-15T11').toContain('2020-05-15T11')
    }
  }
})
