/** The console: mistakes while one types, completion by keyboard, rows over history and live, and lines to keep. */
import { expect, test } from 'vitest'
import { accessLines, DAY } from '../../access-line.ts'
import { demo } from '../../cli/demo.ts'
import { send } from '../../cli/tailrace.ts'
import { expectAccessible, openDashboard, takeScreenshots, withoutBrowser } from './browser.ts'

const FILES = { 'p.yaml': demo('tcp: 127.0.0.1:0').replace('partitions: 2', 'partitions: 1') }

test.skipIf(withoutBrowser)('a statement is written, mended, completed by keyboard, and run over history', async () => {
  await using dashboard = await openDashboard(FILES)
  await send(await dashboard.running().port(/^demo runs:/), accessLines(130, DAY))
  const page = await dashboard.open('#/sql')
  const statement = page.getByRole('textbox', { name: 'Statement' })
  await statement.fill('SELECT hst FROM access')
  await page.getByText('there is no column hst').waitFor()
  await page.getByText('did you mean host?').waitFor()
  expect(await page.locator('.sql-paint .is-wrong').textContent()).toBe('hst')
  await expectAccessible(page)
  await takeScreenshots(page, 'sql-mistake')

  await statement.fill('')
  await page.keyboard.type('SELECT pa')
  await page.keyboard.press('Escape')
  await page.keyboard.type(', COUNT(*) AS hits FROM acc')
  const list = page.getByRole('listbox', { name: 'Completions' })
  await list.waitFor()
  await takeScreenshots(page, 'sql-completion')
  await page.keyboard.press('Enter')
  await list.waitFor({ state: 'detached' })
  expect(await statement.inputValue()).toBe('SELECT pa, COUNT(*) AS hits FROM access')
  await page.evaluate('document.activeElement.setSelectionRange(9, 9)')
  await page.keyboard.press('Control+Space')
  await list.getByRole('option', { name: /path/ }).waitFor()
  await page.keyboard.press('Tab')
  await statement.press('Control+End')
  await page.keyboard.type(' GROUP BY path ORDER BY hits DESC')
  await page.getByText('path STRING, hits BIGINT').waitFor()
  await page.keyboard.press('Control+Enter')
  await page.getByText(/1 row of 130 records/).waitFor()
  await page.getByRole('cell', { name: '130', exact: true }).waitFor()
  await expectAccessible(page)
  await takeScreenshots(page, 'sql-history')

  // Without a list, Tab leaves the text.
  await statement.focus()
  await page.keyboard.press('Tab')
  expect(await page.evaluate('document.activeElement.textContent')).toBe('Run')

  await page.getByRole('button', { name: 'Explain' }).click()
  await page.getByText('mode     batch').waitFor()
  await expectAccessible(page)
  await page.keyboard.press('Escape')
  dashboard.expectClean()
})

test.skipIf(withoutBrowser)(
  'a live statement shows rows as they come, what is still open as provisional, and is kept',
  async () => {
    await using dashboard = await openDashboard(FILES)
    const port = await dashboard.running().port(/^demo runs:/)
    await send(port, accessLines(90, DAY))
    const page = await dashboard.open('#/sql')
    await page.getByRole('button', { name: 'Examples' }).click()
    await page
      .getByRole('menuitem', { name: /a minute, live/ })
      .or(page.getByRole('button', { name: /a minute, live/ }))
      .click()
    await page.getByLabel('Begin with').selectOption('earliest')
    await page.getByRole('button', { name: 'Run' }).click()
    const closed = page.getByRole('group', { name: 'Rows of the statement' })
    await closed.getByRole('cell', { name: '60', exact: true }).waitFor()
    const open = page.getByRole('region', { name: 'Open windows', exact: true })
    await open.getByText('provisional').waitFor()
    await open.getByRole('cell', { name: '30', exact: true }).waitFor()
    await send(port, accessLines(60, DAY + 90_000))
    await closed.getByRole('cell', { name: '1995-07-01 00:02:00' }).waitFor()
    await expectAccessible(page)
    await takeScreenshots(page, 'sql-live')
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByText('stopped', { exact: true }).waitFor()

    await page.getByRole('button', { name: 'Keep as a query' }).click()
    await page.getByLabel('Name of the query').fill('paths')
    await page.keyboard.press('Enter')
    await page.getByText('has a part called "paths" already').waitFor()
    await page.getByLabel('Name of the query').fill('per_minute')
    await page.keyboard.press('Enter')
    await page.getByText('per_minute: |').waitFor()
    await expectAccessible(page)
    dashboard.expectClean()
  },
)
