/** The page of reports: one is run for a past day and its rows are seen, also after the page was loaded again; then delivered. */
import { expect, test } from 'vitest'
import { accessLine } from '../../access-line.ts'
import { send } from '../../cli/tailrace.ts'
import { expectAccessible, openDashboard, takeScreenshots, withoutBrowser } from './browser.ts'

const PIPELINE = `version: 1
name: shop
timezone: Europe/Berlin
sources: { in: { tcp: 127.0.0.1:0, to: log } }
topics:
  log: { format: common, watermark: ts - INTERVAL '5' SECOND, max_ahead: never, idle: never }
reports:
  daily: { top: { count: 10, of: path, by: COUNT(*), from: log }, at: "0 20 * * *", span: 1d }
  hosts: SELECT host, COUNT(*) AS hits FROM log GROUP BY host
sinks: { out: { from: daily, csv: { path: daily.csv, header: false } } }
`

/** Midnight in Berlin, in winter. */
const DAY = Date.UTC(2025, 0, 14, 23)
const LINES = Array.from({ length: 60 }, (_, i) =>
  accessLine(DAY + i * 1000, { path: `/page/${Math.floor(Math.sqrt(i))}` }),
).join('')

test.skipIf(withoutBrowser)(
  'a report is run for a past day, its rows are seen, and delivered by keyboard',
  async () => {
    await using dashboard = await openDashboard({ 'p.yaml': PIPELINE })
    await send(await dashboard.running().port(/^shop runs:/), LINES)
    const page = await dashboard.open('#/reports')
    const list = page.getByRole('group', { name: 'Reports' })
    await list.getByText('at 20:00 (Europe/Berlin)').waitFor()
    await list.getByText('none yet').first().waitFor()
    await expectAccessible(page)
    await takeScreenshots(page, 'reports')

    await list.getByRole('link', { name: 'daily' }).click()
    await page.getByText('0 20 * * *').waitFor()
    await page.getByText('topic shop.daily, which sink out takes').waitFor()
    await page.getByLabel('Day (Europe/Berlin)').fill('2025-01-15')
    await page.getByRole('button', { name: 'Show rows' }).click()
    const rows = page.getByRole('region', { name: 'Rows of 2025-01-15 – 2025-01-16' })
    await rows.getByText(/8 rows, only shown; may change/).waitFor()
    const table = rows.getByRole('group', { name: 'Rows' })
    await table.getByRole('cell', { name: '/page/6' }).waitFor()
    expect(dashboard.folder.read('daily.csv')).toBe('')
    await page.reload()
    await table.getByRole('cell', { name: '/page/6' }).waitFor()
    const saved = page.waitForEvent('download')
    await rows.getByRole('link', { name: 'CSV' }).click()
    expect((await saved).suggestedFilename()).toBe('daily-2025-01-14.csv')
    await expectAccessible(page)
    await takeScreenshots(page, 'report')

    // By keyboard: the same day, delivered.
    await page.getByLabel('Day (Europe/Berlin)').fill('2025-01-15')
    await page.getByLabel(/^Deliver: put the rows into topic shop\.daily, and so into sink out/).focus()
    await page.keyboard.press('Space')
    await page.getByRole('button', { name: 'Run and deliver' }).focus()
    await page.keyboard.press('Enter')
    await rows.getByText(/8 rows, delivered/).waitFor()
    const runs = page.getByRole('region', { name: 'Runs', exact: true })
    await runs.getByText(/8 rows, delivered/).waitFor()
    expect(await runs.getByRole('row').count()).toBe(3)
    await expect.poll(() => dashboard.folder.lines('daily.csv').length).toBe(8)

    await page.getByLabel('Over').selectOption('span')
    await page.getByLabel('From (Europe/Berlin)').fill('2025-01-15T00:00')
    await page.getByLabel('Until (empty: now)').fill('2025-01-14T00:00')
    await page.getByRole('button', { name: 'Run and deliver' }).click()
    await page.getByRole('alert').getByText('the span ends before it begins').waitFor()
    await expectAccessible(page)
    dashboard.expectClean()
  },
)
