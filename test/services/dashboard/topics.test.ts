/** The pages of topics and groups in a real browser, on the embedded bus. */
import { expect, test } from 'vitest'
import { accessLine, accessLines, DAY } from '../../access-line.ts'
import { demo } from '../../cli/demo.ts'
import { send } from '../../cli/tailrace.ts'
import { expectAccessible, openDashboard, takeScreenshots, withoutBrowser } from './browser.ts'

const FILES = { 'p.yaml': demo('tcp: 127.0.0.1:0') }
const line = (minute: number, path: string) => accessLine(DAY + 60_000 * minute, { path })

test.skipIf(withoutBrowser)(
  'records are read page by page, searched, opened by keyboard, and seen to come',
  async () => {
    await using dashboard = await openDashboard(FILES)
    const port = await dashboard.running().port(/^demo runs:/)
    await send(port, accessLines(130, DAY))
    // These arrive later, so they are on the first page.
    await send(port, `noise \u001b[31m\n${line(3, '/needle')}`)
    const page = await dashboard.open('#/topics')
    const link = page.getByRole('link', { name: 'access', exact: true })
    await link.waitFor()
    await page.getByText('132', { exact: true }).first().waitFor()
    await expectAccessible(page)
    await takeScreenshots(page, 'topics')
    await link.focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'access', level: 1 }).waitFor()
    const table = page.getByRole('group', { name: 'Table of records' })
    await table.getByText('/needle').first().waitFor()
    await table.getByText('format', { exact: true }).waitFor()
    await expectAccessible(page)
    await takeScreenshots(page, 'topic-records')

    // The record that is none, in full, with the place where it stopped being one.
    const broken = table.getByRole('row').filter({ hasText: 'format' }).getByRole('button')
    await broken.focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog')
    await dialog.getByText('It is no row').waitFor()
    expect(await dialog.locator('.bytes-mark').count()).toBe(1)
    expect(await dialog.locator('.bytes-escape').first().textContent()).toBe('\\x1b')
    await expectAccessible(page)
    await takeScreenshots(page, 'topic-record')
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    expect(await broken.evaluate((one) => one.matches(':focus'))).toBe(true)

    // Pages: 132 records are three of them.
    await page.getByRole('button', { name: 'Older' }).click()
    await page.getByText('Page 2').waitFor()
    await page.getByRole('button', { name: 'Older' }).click()
    await page.getByText('Page 3').waitFor()
    await expect.poll(() => page.getByRole('button', { name: 'Older' }).isDisabled()).toBe(true)

    // A search from a place on, which the address keeps.
    const form = page.getByRole('form', { name: 'Which records' })
    await form.getByLabel('With the text').fill('NEEDLE')
    await page.keyboard.press('Enter')
    await page.getByText('1 record found among the 132 that were looked at, which are all.').waitFor()
    expect(page.url()).toContain('search=NEEDLE')
    await page.goto(`${dashboard.url}/#/topics/access?partition=1&offset=7`)
    await table.getByRole('button', { name: '1 : 7', exact: true }).waitFor()
    await expect.poll(() => table.getByRole('button').first().textContent()).toBe('1 : 7')

    await page.getByRole('button', { name: 'Live', exact: true }).click()
    await page.getByText('live', { exact: true }).waitFor()
    await send(port, line(4, '/live-1') + line(5, '/live-2'))
    await table.getByText('/live-2').first().waitFor()
    await expectAccessible(page)
    await takeScreenshots(page, 'topic-live')
    dashboard.expectClean()
  },
)

test.skipIf(withoutBrowser)(
  'partitions, readers and columns are tabs; the lag of a group is seen to change',
  async () => {
    await using dashboard = await openDashboard(FILES)
    const port = await dashboard.running().port(/^demo runs:/)
    await send(port, accessLines(130, DAY))
    const page = await dashboard.open('#/topics/access')
    await page.getByRole('tab', { name: 'Records' }).focus()
    await page.keyboard.press('ArrowRight')
    const partitions = page.getByRole('group', { name: 'Partitions' })
    await expect.poll(() => partitions.getByRole('row').count()).toBe(3)
    await expectAccessible(page)
    await takeScreenshots(page, 'topic-partitions')
    await page.keyboard.press('ArrowRight')
    await page.getByRole('group', { name: 'Readers' }).getByText('query paths').first().waitFor()
    await expectAccessible(page)
    await page.keyboard.press('ArrowRight')
    await page.getByRole('row', { name: /ts.*TIMESTAMP_LTZ\(3\).*event time/ }).waitFor()

    await page.goto(`${dashboard.url}/#/groups`)
    await page.getByRole('link', { name: 'demo.query.paths' }).focus()
    await expectAccessible(page)
    await takeScreenshots(page, 'groups')
    await page.getByRole('link', { name: 'demo.query.paths' }).press('Enter')
    await page.getByText('lag 0').waitFor()
    // Offsets are committed with each checkpoint: until the next one, what comes is before the group.
    const behind = page.getByText(/^lag [1-9]/)
    for (let minute = 3; !(await behind.isVisible()); minute++) await send(port, line(minute, '/more'))
    await page.getByText('lag 0').waitFor()
    await expectAccessible(page)
    await takeScreenshots(page, 'group')
    dashboard.expectClean()
  },
)
