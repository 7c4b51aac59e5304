/** What all pages of the dashboard have: navigation, theme, the words for a server that is away, and the form for its token. */
import { expect, test } from 'vitest'
import { demo } from '../../cli/demo.ts'
import { expectAccessible, openDashboard, takeScreenshots, withoutBrowser } from './browser.ts'

const FILES = { 'p.yaml': demo('tcp: 127.0.0.1:0') }

test.skipIf(withoutBrowser)(
  'a page shows the pipeline, by keyboard too, and in the theme that was chosen',
  async () => {
    await using dashboard = await openDashboard(FILES)
    const page = await dashboard.open()
    await page.getByRole('heading', { name: 'demo', level: 1 }).waitFor()
    expect(await page.title()).toBe('Pipeline – tailrace')
    await expectAccessible(page)

    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    expect(await page.evaluate('document.activeElement.id')).toBe('content')
    const theme = page.getByRole('button', { name: /^Theme/ })
    await theme.focus()
    await page.keyboard.press('Enter')
    expect(await page.evaluate('getComputedStyle(document.documentElement).colorScheme')).toBe('dark')
    await page.reload()
    await page.getByRole('button', { name: 'Theme: Dark. Change to Light' }).waitFor()
    expect(await page.evaluate('getComputedStyle(document.documentElement).colorScheme')).toBe('dark')

    await page.goto(`${dashboard.url}/#/nothing`)
    await page.getByText('There is no page nothing').waitFor()
    dashboard.expectClean()
  },
)

test.skipIf(withoutBrowser)('a server that went away is shown as such, and found again', async () => {
  await using dashboard = await openDashboard(FILES)
  const page = await dashboard.open('#/pipeline')
  const main = page.getByRole('main')
  await main.getByText('running', { exact: true }).waitFor()
  await dashboard.running().stop()
  const banner = page.getByText(/(does not answer|has stopped).*(Reconnecting|Waiting)/)
  await banner.waitFor()
  await expectAccessible(page)
  await takeScreenshots(page, 'away')
  await dashboard.restart()
  await banner.waitFor({ state: 'detached' })
  await main.getByText('running', { exact: true }).waitFor()
  dashboard.expectClean()
})

test.skipIf(withoutBrowser)(
  'a server with a token asks for it, and a browser that gave it is remembered until it signs out',
  async () => {
    await using dashboard = await openDashboard({ ...FILES, token: 'sesame\n' }, '--token-file', 'token')
    const page = await dashboard.open()
    const token = page.getByLabel('Token')
    await token.waitFor()
    await expectAccessible(page)
    await takeScreenshots(page, 'sign-in')
    await token.fill('wrong')
    await page.keyboard.press('Enter')
    await page.getByText('This is not the token of this server.').waitFor()
    await token.fill('sesame')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'demo', level: 1 }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'demo', level: 1 }).waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await token.waitFor()
    dashboard.expectClean()
  },
)
