/** The page of alerts: one is seen to be pending, to fire and to be resolved, and is silenced by keyboard alone. */
import { expect, test } from 'vitest'
import { send } from '../../cli/tailrace.ts'
import { expectAccessible, openDashboard, takeScreenshots, withoutBrowser } from './browser.ts'

const PIPELINE = `version: 1
name: shop
timezone: Europe/Berlin
sources: { payments: { tcp: 127.0.0.1:0, to: payments } }
topics:
  payments:
    format: { json: { columns: { ts: TIMESTAMP_LTZ(3), country: STRING, ok: BOOLEAN } } }
    watermark: ts
    idle: never
    max_ahead: never
queries:
  failed: |
    SELECT window_start, window_end, country, COUNT(*) AS payments, COUNT(*) FILTER (WHERE NOT ok) AS failed
    FROM TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, country
alerts:
  payments_fail:
    from: failed
    when: failed > 1
    clear: failed = 0
    for: 2m
    quiet: never
    severity: critical
    max_age: never
    message: "{{ country }}: {{ failed }} of {{ payments }} payments fail"
    notify: [console]
  no_payments: { from: failed, key: [], absent: 1d, notify: [console] }
`

const payment = (minute: number, country: string, ok: boolean) =>
  `${JSON.stringify({ ts: new Date(Date.UTC(2026, 0, 1, 12) + minute * 60_000).toISOString(), country, ok })}\n`
const failing = (minute: number, failed: number) =>
  ['DE', 'FR']
    .map((country) => payment(minute, country, false).repeat(failed) + payment(minute, country, true))
    .join('')

test.skipIf(withoutBrowser)('an alert is pending, fires, is silenced by keyboard, and is resolved', async () => {
  await using dashboard = await openDashboard({ 'p.yaml': PIPELINE })
  const port = await dashboard.running().port(/^shop runs:/)
  const page = await dashboard.open('#/alerts')
  const trouble = page.getByRole('region', { name: 'In trouble' })
  await trouble.getByText('Nothing fires.').waitFor()
  expect(await page.title()).toBe('Alerts – tailrace')
  await expectAccessible(page)

  await send(port, failing(0, 3) + failing(1, 3))
  await trouble.getByText('pending', { exact: true }).first().waitFor()
  await trouble.getByRole('progressbar').first().waitFor()
  await send(port, failing(2, 2) + failing(3, 2))
  await trouble.getByText('firing', { exact: true }).first().waitFor()
  await page.getByText('2 firing', { exact: true }).first().waitFor()
  await expect.poll(() => page.title()).toBe('(2) Alerts – tailrace')
  await trouble.getByText('console told at').first().waitFor()

  // By keyboard: the key DE is silenced until tomorrow morning, with a reason.
  await page.getByRole('button', { name: 'Silence payments_fail country DE' }).focus()
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog', { name: 'Silence payments_fail' })
  await dialog.getByLabel('only country DE').waitFor()
  await expectAccessible(page)
  await takeScreenshots(page, 'silence')
  await dialog.getByLabel('4 hours').focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  expect(await dialog.getByLabel('until tomorrow, 08:00 (Europe/Berlin)').isChecked()).toBe(true)
  await dialog.getByLabel('Why (others see it)').focus()
  await page.keyboard.type('the bank is down')
  await page.keyboard.press('Enter')
  await dialog.waitFor({ state: 'detached' })
  await trouble.getByText(/^silenced until \d{4}-\d\d-\d\d 08:00:00$/).waitFor()
  const silences = page.getByRole('region', { name: 'Silences', exact: true })
  await silences.getByText('the bank is down').waitFor()
  await expectAccessible(page)
  await takeScreenshots(page, 'alerts')
  await silences.getByRole('button', { name: 'End the silence of payments_fail country DE' }).focus()
  await page.keyboard.press('Enter')
  await silences.getByText('Nothing is silenced.').waitFor()

  await send(port, failing(4, 0) + failing(5, 0))
  await trouble.getByText('Nothing fires.').waitFor()
  const resolved = page.getByRole('region', { name: 'Resolved lately' })
  await resolved.getByText('country DE').waitFor()
  await expect.poll(() => page.title()).toBe('Alerts – tailrace')

  await page.getByRole('link', { name: 'payments_fail' }).first().click()
  await page.getByRole('heading', { name: 'payments_fail', level: 1 }).waitFor()
  await page.getByText('Fires when failed > 1 for 2 min; resolved when failed = 0.').waitFor()
  await page.getByRole('img', { name: /^country DE: fired at 2026-01-01 13:0\d:00 for \d min: DE:/ }).waitFor()
  const history = page.getByRole('region', { name: 'History', exact: true })
  await history.getByText('FR: 0 of 1 payments fail').waitFor()
  expect(await history.getByRole('row').count()).toBe(5)
  await page.getByRole('button', { name: '1 h', exact: true }).click()
  await expectAccessible(page)
  await takeScreenshots(page, 'alert')
  dashboard.expectClean()
})
