/** Every kind of chart in a real browser: drawn, reached by keyboard, told in words, and updated in place. */
import { pathToFileURL } from 'node:url'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { makeAlone } from '../../../tools/build-web.ts'
import { folderWith } from '../../cli/tailrace.ts'
import { expectAccessible, openPages, type Pages, takeScreenshots, withoutBrowser } from './browser.ts'

type Row = { readonly [column: string]: unknown }
type Chart = {
  readonly title: string
  readonly columns: readonly object[]
  readonly rows: readonly Row[]
  readonly provisional?: readonly Row[]
  readonly choice?: object
}

const START = { name: 'window_start', type: 'TIMESTAMP(3)', window: 'start', isKey: true }
const END = { name: 'window_end', type: 'TIMESTAMP(3)', window: 'end', isKey: true }
const key = (name: string, type = 'STRING') => ({ name, type, isKey: true })
const number = (name: string, type = 'BIGINT') => ({ name, type, isKey: false })
const range = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index)
const minute = (index: number): string => new Date(Date.UTC(1995, 6, 1, 4, index)).toISOString().slice(0, 23)
const windowOf = (index: number) => ({ window_start: minute(index), window_end: minute(index + 1) })
const wave = (at: number, other: number): number =>
  Math.round(400 + 300 * Math.sin(at / 9 + other * 2) + 80 * Math.sin(at * 7))
const METHODS = ['GET', 'POST', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'CONNECT', 'PURGE']

const lines: Chart = {
  title: 'Lines with a gap and an open window',
  columns: [START, END, number('failed'), number('requests')],
  rows: range(90)
    .filter((index) => index < 40 || index > 52)
    .map((index) => ({ ...windowOf(index), failed: wave(index, 1) >> 3, requests: wave(index, 2) })),
  provisional: [{ ...windowOf(90), failed: 20, requests: 130 }],
}
const methods: Chart = {
  title: 'A line for each method',
  columns: [START, END, key('method'), number('hits')],
  rows: range(60).flatMap((index) =>
    METHODS.map((method, at) => ({ ...windowOf(index), method, hits: wave(index, at) >> (at / 2) })),
  ),
}
const bars: Chart = {
  title: 'Bars of the last window',
  columns: [START, END, key('rn', 'BIGINT'), { ...key('path'), isKey: false }, number('sent_bytes')],
  rows: range(20).map((index) => ({
    ...windowOf(index >> 1),
    rn: 1 + (index % 10),
    path: `/images/a-long-name-that-does-not-fit-into-a-phone-${index}.gif`,
    sent_bytes: 9_000_000 - index * 300_000,
  })),
}
const open: Chart = { ...bars, title: 'Bars of an open window', rows: [], provisional: bars.rows.slice(0, 5) }
const grid: Chart = {
  title: 'A heat map of two names',
  columns: [key('country'), key('status', 'INT'), number('hits')],
  rows: ['DE', 'FR', 'US'].flatMap((country, at) =>
    [200, 304, 404].slice(at >> 1).map((status) => ({ country, status, hits: Math.round(status * 31 ** (2 - at)) })),
  ),
}
const hosts: Chart = {
  title: 'A heat map over time',
  columns: [START, END, key('host'), number('hits')],
  rows: range(300).flatMap((index) =>
    range(18).map((at) => ({ ...windowOf(index), host: `host-${at}.example.com`, hits: wave(index, at) })),
  ),
}
const single: Chart = { title: 'A number', columns: [number('hits')], rows: [{ hits: 1_891_715 }] }
const shape: Chart = {
  ...lines,
  title: 'A number with its shape',
  choice: { kind: 'number', x: 'window_start', y: ['requests'], series: [] },
}

async function openGallery(pages: Pages, folder: ReturnType<typeof folderWith>): Promise<Page> {
  const { assets } = await makeAlone('web/chart/gallery.test-tool.tsx')
  folder.write(
    'charts.html',
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Charts</title>
<style>${assets.style}</style></head><body><div id="app"></div><script>${assets.script}</script></body></html>`,
  )
  return await pages.open(pathToFileURL(folder.at('charts.html')).href)
}

/** Resolves when the charts have been drawn. */
const show = (page: Page, charts: readonly Chart[]): Promise<void> =>
  page.evaluate(`(async (charts) => {
    window.showCharts(charts)
    for (let frame = 0; frame < 3; frame++) await new Promise((resolve) => requestAnimationFrame(resolve))
  })(${JSON.stringify(charts)})`)

/** Whether something is drawn on each canvas. */
const areDrawn = (page: Page): Promise<readonly boolean[]> =>
  page.evaluate(`[...document.querySelectorAll('canvas')].map((canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    return data.some((value) => value !== 0)
  })`)

test.skipIf(withoutBrowser)('each kind of chart is drawn, and can be read without seeing it', async () => {
  using folder = folderWith()
  await using pages = await openPages()
  const page = await openGallery(pages, folder)
  await show(page, [lines, methods, bars, open, grid, hosts, single, shape])
  expect(await areDrawn(page)).toEqual([true, true, true, true])
  await expectAccessible(page)
  await takeScreenshots(page, 'charts')

  const slider = page.getByRole('slider', {
    name: 'failed, requests over time, 1995-07-01 04:00 to 1995-07-01 05:30, 2 lines',
  })
  expect(await slider.getAttribute('aria-valuetext')).toBe('1995-07-01 05:30: failed 20, requests 130')
  await slider.press('Home')
  await slider.press('ArrowRight')
  const { failed, requests } = lines.rows[1] ?? {}
  expect(await slider.getAttribute('aria-valuetext')).toBe(`1995-07-01 04:01: failed ${failed}, requests ${requests}`)
  await page.locator('.chart-tip', { hasText: '1995-07-01 04:01' }).waitFor()

  const longest = page.getByRole('list', { name: 'sent_bytes by path, as bars' }).first().getByRole('listitem').first()
  expect(await longest.textContent()).toMatch(/phone-18\.gif3\.4 MiB$/)
  const map = page.getByRole('img', { name: /^hits by country and status, as a heat map/ })
  await map.press('ArrowRight')
  await map.press('ArrowRight')
  await page.getByText('DE, 304: 292,144').waitFor()
  await page.getByText('1.9M').waitFor()
  pages.expectClean()
})

test.skipIf(withoutBrowser)('a line is hidden and shown by its button in the legend', async () => {
  using folder = folderWith()
  await using pages = await openPages()
  const page = await openGallery(pages, folder)
  await show(page, [methods])
  // Ten methods, of which the smallest three are one line.
  const buttons = page.getByRole('list', { name: 'Lines of the chart' }).getByRole('button')
  expect(await buttons.allInnerTexts()).toHaveLength(8)
  expect(await buttons.last().textContent()).toBe('other (3)')
  await buttons.first().press('Enter')
  expect(await buttons.first().getAttribute('aria-pressed')).toBe('false')
  await page.getByRole('slider').press('End')
  expect(await page.locator('.chart-tip-row').count()).toBe(7)
  await buttons.first().press('Enter')
  expect(await page.locator('.chart-tip-row').count()).toBe(0)
  pages.expectClean()
})

test.skipIf(withoutBrowser)('new rows are drawn into the same canvas, at most once a frame', async () => {
  using folder = folderWith()
  await using pages = await openPages()
  const page = await openGallery(pages, folder)
  const columns = [START, key('method'), number('hits')]
  const rows = range(1000).flatMap((index) =>
    METHODS.slice(0, 8).map((method, at) => ({ window_start: minute(index), method, hits: wave(index, at) })),
  )
  await show(page, [{ title: 'live', columns, rows }])
  const drawn = await page.evaluate<number>(`(async () => {
    const canvas = document.querySelector('canvas')
    const context = canvas.getContext('2d')
    let drawn = 0
    const clear = context.clearRect.bind(context)
    context.clearRect = (...place) => { drawn++; clear(...place) }
    const rows = ${JSON.stringify(rows)}
    for (let index = 0; index < 50; index++) {
      const more = { window_start: new Date(Date.UTC(1995, 6, 2, 0, index)).toISOString().slice(0, 23), method: 'GET', hits: index }
      rows.push(more)
      window.showCharts([{ title: 'live', columns: ${JSON.stringify(columns)}, rows: [...rows] }])
      await Promise.resolve()
    }
    for (let frame = 0; frame < 3; frame++) await new Promise((resolve) => requestAnimationFrame(resolve))
    return document.querySelector('canvas') === canvas ? drawn : -1
  })()`)
  expect(drawn).toBeGreaterThan(0)
  expect(drawn).toBeLessThanOrEqual(2)
  const slider = page.getByRole('slider')
  expect(await slider.getAttribute('aria-valuetext')).toBe('1995-07-02 00:49: GET 49')
  pages.expectClean()
})
