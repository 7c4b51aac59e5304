/** The pages of queries in a real browser: rows are seen to come, and the records behind one are opened by the keyboard. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { accessLine, accessLines, DAY } from '../../access-line.ts'
import { demo } from '../../cli/demo.ts'
import { send } from '../../cli/tailrace.ts'
import { expectAccessible, openDashboard, takeScreenshots, withoutBrowser } from './browser.ts'

/** The last minute stays open. */
const minutes = (from: number, count: number) => accessLines(60 * count, DAY + 60_000 * from)

const FILES = { 'p.yaml': demo('tcp: 127.0.0.1:0').replace('partitions: 2', 'partitions: 1') }

test.skipIf(withoutBrowser)('rows come, open windows are said to be open, and a pause holds them', async () => {
  await using dashboard = await openDashboard(FILES)
  const port = await dashboard.running().port(/^demo runs:/)
  await send(port, minutes(0, 3))
  const page = await dashboard.open('#/queries')
  await page.getByRole('link', { name: 'paths' }).click()
  await page.getByRole('heading', { name: 'paths', level: 1 }).waitFor()
  const rows = page.getByRole('row')
  const open = rows.filter({ hasText: 'open' })
  await page.getByText('live', { exact: true }).waitFor()
  // What is open changes as records come.
  await open.filter({ hasText: '1995-07-01 00:02:00' }).filter({ hasText: '60' }).waitFor()
  await send(port, accessLines(7, DAY + 180_000))
  await open.filter({ hasText: '1995-07-01 00:03:00' }).filter({ hasText: '7' }).waitFor()
  await page.getByRole('button', { name: 'Records behind 1995-07-01 00:02:00, /a' }).waitFor()
  await expectAccessible(page)
  await takeScreenshots(page, 'query')

  await page.getByRole('button', { name: 'Pause' }).click()
  await send(port, minutes(4, 2))
  await page.getByText('paused, 2 new rows').waitFor()
  expect(await page.getByRole('button', { name: 'Records behind 1995-07-01 00:04:00, /a' }).count()).toBe(0)
  await page.getByRole('button', { name: 'Go on' }).click()
  await page.getByRole('button', { name: 'Records behind 1995-07-01 00:04:00, /a' }).waitFor()
  dashboard.expectClean()
})

test.skipIf(withoutBrowser)('the records behind a row, by keyboard; older rows, and a file of all', async () => {
  await using dashboard = await openDashboard(FILES)
  const port = await dashboard.running().port(/^demo runs:/)
  const odd = accessLine(DAY + 30_000, { path: '/odd<script>' })
  await send(port, accessLines(30) + odd + accessLines(60 * 120, DAY + 31_000))
  const page = await dashboard.open('#/queries/paths')
  // Older rows, and back.
  await page.getByRole('button', { name: 'Records behind 1995-07-01 01:59:00, /a' }).waitFor()
  await page.getByRole('button', { name: 'Older' }).click()
  await page.getByText('page 2').waitFor()
  await page.getByRole('button', { name: 'Older' }).click()
  await page.getByText('page 3').waitFor()
  const row = page.getByRole('button', { name: 'Records behind 1995-07-01 00:00:00, /odd<script>' })
  await row.waitFor()
  expect(await page.getByRole('button', { name: 'Records behind 1995-07-01 01:59:00, /a' }).count()).toBe(0)
  expect(await page.getByRole('button', { name: 'Older' }).isDisabled()).toBe(true)

  await row.focus()
  await page.keyboard.press('Enter')
  const panel = page.getByRole('dialog', { name: 'Records behind a row' })
  await panel.getByRole('heading', { name: '1 record of access' }).waitFor()
  await panel.getByText(odd.trim()).waitFor()
  await panel.getByText('partition 0, offset 30').waitFor()
  await expectAccessible(page)
  await takeScreenshots(page, 'query-records')
  await page.keyboard.press('Escape')
  await panel.waitFor({ state: 'detached' })
  // The focus goes back once the panel is gone.
  await expect.poll(() => page.evaluate('document.activeElement.getAttribute("aria-label")')).toContain('/odd<script>')

  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'CSV', exact: true }).click(),
  ])
  expect(file.suggestedFilename()).toBe('paths.csv')
  const lines = readFileSync(await file.path(), 'utf8')
    .trimEnd()
    .split('\n')
  expect(lines.slice(0, 3)).toEqual([
    'window_start,window_end,path,hits',
    '1995-07-01T00:00:00.000,1995-07-01T00:01:00.000,/a,59',
    '1995-07-01T00:00:00.000,1995-07-01T00:01:00.000,/odd<script>,1',
  ])
  expect(lines).toHaveLength(122)
  dashboard.expectClean()
})

test.skipIf(withoutBrowser)('a server that came back goes on with the rows after those that were shown', async () => {
  await using dashboard = await openDashboard(FILES)
  await send(await dashboard.running().port(/^demo runs:/), minutes(0, 3))
  const page = await dashboard.open('#/queries/paths')
  await page.getByRole('button', { name: 'Records behind 1995-07-01 00:01:00, /a' }).waitFor()
  await dashboard.running().stop()
  await page.getByText(/^not live/).waitFor()
  await dashboard.restart()
  await send(await dashboard.running().port(/^demo runs:/), minutes(4, 2))
  for (const minute of ['00', '01', '02', '04']) {
    const row = page.getByRole('button', { name: `Records behind 1995-07-01 00:${minute}:00, /a` })
    await row.waitFor()
    expect(await row.count()).toBe(1)
  }
  dashboard.expectClean()
})
