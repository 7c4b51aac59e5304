/** The page of dead letters in a real browser. */
import { expect, test } from 'vitest'
import { demo } from '../../cli/demo.ts'
import { send } from '../../cli/tailrace.ts'
import { expectAccessible, openDashboard, takeScreenshots, withoutBrowser } from './browser.ts'

const csv = (type: string): string =>
  demo('tcp: 127.0.0.1:0')
    .replace('format: common', `format: { csv: { columns: { ts: TIMESTAMP_LTZ(3), path: STRING, n: ${type} } } }`)
    .replace('partitions: 2', 'partitions: 1')

test.skipIf(withoutBrowser)('dead letters by reason, with the byte, sent again once the format is mended', async () => {
  await using dashboard = await openDashboard({ 'p.yaml': csv('INT') })
  const port = await dashboard.running().port(/^demo runs:/)
  const long = 'é'.repeat(900)
  const lines = ['00:00,/a,1', '00:01,/b,x', `00:02,/${long},x`, '05:00,/c,2', '00:03,/late,3']
  await send(port, lines.map((one) => `2026-12-01T00:${one.replace(',', 'Z,')}\n`).join(''))
  const page = await dashboard.open('#/dead')
  await page.getByRole('link', { name: 'access', exact: true }).waitFor()
  await expectAccessible(page)
  await takeScreenshots(page, 'dead')
  await page.getByRole('link', { name: 'access', exact: true }).press('Enter')
  await page.getByRole('heading', { name: 'Dead letters of access' }).waitFor()

  const broken = page.getByRole('listitem').filter({ hasText: 'not readable' }).first()
  await broken.getByText('it stopped fitting at byte 24').waitFor()
  expect(await broken.locator('.bytes-mark').first().textContent()).toContain('x')
  // The late row is in its topic, and a command counts it.
  const late = page.getByRole('listitem').filter({ hasText: 'in query paths' }).first()
  await late.getByText(/^tailrace backfill paths --since 2026-12-01T00:00 --until 2026-12-01T00:01/).waitFor()
  await broken.getByRole('button', { name: 'Show the letters' }).press('Enter')
  await broken.getByText(/bytes before/).waitFor()
  expect(await broken.locator('.bytes-mark').count()).toBe(3)
  await expectAccessible(page)
  await takeScreenshots(page, 'dead-letters')

  // Only late ones, and the address keeps it.
  await page.getByLabel('Kind').selectOption('late')
  await expect.poll(() => broken.isVisible()).toBe(false)
  expect(page.url()).toContain('kind=late')
  await page.getByLabel('Kind').selectOption('')

  dashboard.folder.write('p.yaml', csv('STRING'))
  expect(await dashboard.folder.tailrace('reload')).toMatchObject({ code: 0 })
  await broken.getByRole('button', { name: 'Send again…' }).press('Enter')
  const dialog = page.getByRole('dialog')
  await dialog.getByText('Each record is appended to topic access once more').waitFor()
  await expectAccessible(page)
  await takeScreenshots(page, 'dead-send-again')
  await dialog.getByRole('button', { name: 'Send again', exact: true }).press('Enter')
  await dialog.getByText('2 records sent again to access.').waitFor()
  await page.keyboard.press('Escape')
  await broken.getByText('2 sent again').waitFor()
  await expect.poll(() => broken.getByRole('button', { name: 'Send again…' }).isDisabled()).toBe(true)
  await page.goto(`${dashboard.url}/#/topics/access`)
  const table = page.getByRole('group', { name: 'Table of records' })
  await expect.poll(() => table.getByText('/b', { exact: true }).count()).toBe(2)
  dashboard.expectClean()
})
