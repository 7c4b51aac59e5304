/** A page of results as people get it: made by the command line of a real log, opened as a file in a real browser. */
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { buildReport } from '../../../tools/build-web.ts'
import { demo } from '../../cli/demo.ts'
import { folderWith } from '../../cli/tailrace.ts'
import { dataPath, readData, testWithData } from '../../format/shared-data.ts'
import { expectAccessible, openPages, takeScreenshots, withoutBrowser } from './browser.ts'

const NAME = 'access/nasa-aug95-first-20000.log.gz'
const LOG = dataPath(NAME)
const testOfLog = withoutBrowser ? test.skip : testWithData
const BY_METHOD = `SELECT window_start, window_end, http_method, COUNT(*) AS hits
  FROM TABLE(TUMBLE(TABLE log, DESCRIPTOR(ts), INTERVAL '10' MINUTE)) GROUP BY window_start, window_end, http_method`
const BY_PATH =
  'SELECT path, COUNT(*) AS hits, SUM(body_bytes) AS sent_bytes FROM log GROUP BY path ORDER BY hits DESC, path'

/** A folder whose command line can make pages: of the source, as it is now. */
async function folderForPages(files: { readonly [name: string]: string } = {}) {
  await buildReport('dist/cli/report-page.cjs')
  return folderWith(files)
}

testOfLog('a real log as a page: a chart, its rows, and no server', async () => {
  using folder = await folderForPages()
  const made = await folder.tailrace('query', BY_METHOD, LOG, '-o', 'html')
  expect(made).toMatchObject({ code: 0, stderr: expect.stringContaining('lines: 20000, rows: 82') })
  folder.write('report.html', made.stdout)
  await using pages = await openPages()
  const page = await pages.open(pathToFileURL(folder.at('report.html')).href)
  await page.getByRole('heading', { name: 'nasa-aug95-first-20000.log.gz', level: 1 }).waitFor()
  await page
    .getByRole('slider', { name: 'hits by http_method over time, 1995-08-01 04:00 to 1995-08-01 14:50, 3 lines' })
    .waitFor()
  await page.getByText('20,000 lines').waitFor()
  expect(await page.locator('pre').textContent()).toContain("INTERVAL '10' MINUTE")
  await expectAccessible(page)
  await takeScreenshots(page, 'report-lines')
  const rows = page.getByRole('row')
  expect(await rows.count()).toBe(1 + 50)
  await page.getByRole('button', { name: 'Next' }).click()
  expect(await rows.count()).toBe(1 + 32)
  await page.getByLabel('Find').fill('POST')
  await page.getByRole('status').getByText('2 rows').waitFor()
  await page.getByLabel('Chart', { exact: true }).selectOption('bars')
  await page.getByRole('list', { name: 'hits by http_method, as bars' }).waitFor()
  pages.expectClean()
})

testOfLog('rows are sorted, and saved as the command line writes them', async () => {
  using folder = await folderForPages()
  const made = await folder.tailrace('query', BY_PATH, LOG, '-o', 'html', '--title', 'Pages')
  folder.write('report.html', made.stdout)
  await using pages = await openPages()
  const page = await pages.open(pathToFileURL(folder.at('report.html')).href)
  await page.getByRole('list', { name: 'hits by path, as bars' }).getByText('/images/NASA-logosmall.gif').waitFor()
  await page.getByText('1,521 more in the table').waitFor()
  await expectAccessible(page)
  await takeScreenshots(page, 'report-bars')
  for (const [form, name] of [
    ['csv', 'CSV'],
    ['json', 'JSON'],
  ] as const) {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name }).click()])
    expect(download.suggestedFilename()).toBe(`Rows.${form}`)
    const { stdout } = await folder.tailrace('query', '-q', BY_PATH, LOG, '-o', form)
    expect(readFileSync(await download.path(), 'utf8')).toBe(stdout)
  }
  const sent = page.getByRole('button', { name: 'sent_bytes' })
  await sent.press('Enter')
  const first = page.getByRole('row').nth(1)
  const { stdout: most } = await folder.tailrace(
    'query',
    '-q',
    '--no-header',
    '-o',
    'csv',
    `SELECT path, hits, sent_bytes FROM (${BY_PATH}) ORDER BY sent_bytes DESC LIMIT 1`,
    LOG,
  )
  expect((await first.getByRole('cell').allTextContents()).join()).toBe(most.trim())
  pages.expectClean()
})

const NASTY = [
  '</script><script>document.title = "taken"</script>',
  '<img/src=x/onerror=document.title="taken">',
  '<!--<script>',
  '\u2028&lt;\u2029',
]
const nastyLines = NASTY.map(
  (text, index) =>
    `host - - [01/Jul/1995:00:00:0${index} +0000] "GET /${text.replaceAll('"', '%22')} HTTP/1.0" 200 1\n`,
)

// Holds page-safe.
test.skipIf(withoutBrowser)('a line of a log cannot become a part of the page, with scripts or without', async () => {
  using folder = await folderForPages({ 'access.log': nastyLines.join('') })
  const made = await folder.tailrace(
    'query',
    'SELECT target, COUNT(*) AS hits FROM log GROUP BY target',
    'access.log',
    '--format',
    'common',
    '-o',
    'html',
  )
  expect(made.code).toBe(0)
  folder.write('report.html', made.stdout)
  const url = pathToFileURL(folder.at('report.html')).href
  await using pages = await openPages()
  for (const withoutScript of [false, true]) {
    const page = await pages.open(url, { withoutScript })
    expect(await page.title()).toBe('access.log')
    const cells = await page.locator('tbody td:first-child').allTextContents()
    // The script shows what cannot be seen as escapes.
    const shown = (text: string) =>
      withoutScript ? text : text.replaceAll('\u2028', '\\u{2028}').replaceAll('\u2029', '\\u{2029}')
    expect(cells.sort()).toEqual(NASTY.map((text) => `/${shown(text).replaceAll('"', '%22')}`).sort())
    if (withoutScript) expect(await page.locator('svg rect').count()).toBe(NASTY.length)
  }
  pages.expectClean()
})

test.skipIf(withoutBrowser)('rows with many columns and long values fit the page, and a long value opens', async () => {
  const names = Array.from({ length: 12 }, (_, index) => `a_column_with_a_long_name_${index}`)
  const lines = Array.from({ length: 3 }, (_, index) =>
    JSON.stringify({
      ...Object.fromEntries(names.map((name) => [name, `${name} ${index}`])),
      long: 'x'.repeat(5000),
      n: index,
    }),
  )
  using folder = await folderForPages({ 'a.ndjson': lines.join('\n') })
  const made = await folder.tailrace('query', 'SELECT * FROM log', 'a.ndjson', '-o', 'html')
  folder.write('report.html', made.stdout)
  await using pages = await openPages()
  const page = await pages.open(pathToFileURL(folder.at('report.html')).href)
  await page.getByLabel('Chart', { exact: true }).selectOption('bars')
  await page.getByLabel('By', { exact: true }).getByText('all 13').waitFor({ state: 'attached' })
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 800 })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
  }
  const long = page.locator('summary', { hasText: 'xxx' }).first()
  await long.press('Enter')
  expect(await page.locator('details[open] pre', { hasText: 'xxx' }).textContent()).toHaveLength(5000)
  await expectAccessible(page)
  pages.expectClean()
})

testOfLog('a whole pipeline as a page: queries, alerts, dead letters', async () => {
  const alerts = `alerts:
  busy: { from: paths, when: hits > 20, notify: [console] }
`
  const log = `${readData(NAME)}no access log </script>\n`
  using folder = await folderForPages({ 'p.yaml': demo('file: access.log', alerts), 'access.log': log })
  expect((await folder.run('--no-listen')).code).toBe(0)
  const made = await folder.tailrace('page', 'p.yaml', '--rows', '500', '--set', 'checkpoint.interval=10s')
  expect(made.code).toBe(0)
  expect(made.stderr).toMatch(/^paths: the page has the last 500 of [\d,]+ rows/)
  folder.write('page.html', made.stdout)
  await using pages = await openPages()
  const page = await pages.open(pathToFileURL(folder.at('page.html')).href)
  await page.getByRole('heading', { name: 'demo', level: 1 }).waitFor()
  await page.getByText('tailrace page p.yaml --rows 500 --set checkpoint.interval=…').waitFor()
  await page.getByRole('heading', { name: 'paths', level: 2 }).waitFor()
  await page.getByRole('heading', { name: 'Alerts', level: 2 }).waitFor()
  await page.getByRole('cell', { name: 'no access log </script>' }).waitFor()
  await page.getByText(/^The last 500 of [\d,]+ rows are in this page\.$/).waitFor()
  await expectAccessible(page)
  await takeScreenshots(page, 'report-pipeline')
  pages.expectClean()
})
