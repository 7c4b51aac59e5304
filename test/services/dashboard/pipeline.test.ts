/** The Pipeline page: its parts by keyboard, rates that change as lines come, and a part in trouble that says why. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { accessLines } from '../../access-line.ts'
import { send } from '../../cli/tailrace.ts'
import { expectAccessible, openDashboard, takeScreenshots, withoutBrowser } from './browser.ts'

/** A port of this machine on which nobody listens. */
async function deadPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

const pipeline = (port: number): string => `version: 1
name: shop
timezone: Asia/Seoul
sources:
  web: { tcp: 127.0.0.1:0, to: access }
topics:
  access: { partitions: 2, format: common, watermark: ts - INTERVAL '5' SECOND }
queries:
  paths: { count: { by: path, every: 60s, from: access } }
alerts:
  busy: { from: paths, when: hits > 1000, notify: console }
sinks:
  archive: { from: access, ndjson: out/access.ndjson }
  points: { from: access, influxdb: { url: "http://127.0.0.1:${port}", bucket: b, measurement: m, time: ts, token: hunter2, overwrites: accept } }
`

test.skipIf(withoutBrowser)('each part is found by keyboard, and shows what it is and how it stands', async () => {
  await using dashboard = await openDashboard({ 'p.yaml': pipeline(await deadPort()) })
  const page = await dashboard.open()
  const graph = page.getByRole('region', { name: 'Graph of the pipeline' })
  const web = graph.getByRole('link', { name: /^source · tcp .* web/ })
  await web.waitFor()
  expect(await graph.getByRole('link').count()).toBe(6)
  await web.getByText('no line yet').waitFor()

  // Lines come in: the numbers of the source, the query and the sink change by themselves.
  const port = await dashboard.running().port(/^shop runs:/)
  await send(port, accessLines(130))
  await web.getByText('130 lines').waitFor()
  await graph
    .getByRole('link', { name: /archive/ })
    .getByText('130 delivered')
    .waitFor()

  // A sink that cannot be reached says why, on its card and above.
  const trouble = page.getByRole('region', { name: 'Trouble' })
  await trouble.getByText(/cannot reach http.*the connection was refused/).waitFor()
  await graph.getByRole('link', { name: /failing.*points/ }).waitFor()
  await expectAccessible(page)
  await takeScreenshots(page, 'pipeline')

  await graph.getByRole('link', { name: /query .* paths/ }).focus()
  await page.keyboard.press('Enter')
  const details = page.getByRole('dialog', { name: 'query paths' })
  await details.getByText(/TUMBLE\(TABLE access/).waitFor()
  await details.getByText('every: 60s').waitFor()
  expect(page.url()).toMatch(/#\/pipeline\/query\/paths$/)
  await expectAccessible(page)
  await takeScreenshots(page, 'pipeline-part')
  await page.keyboard.press('Escape')
  await details.waitFor({ state: 'detached' })
  await expect.poll(() => page.evaluate('document.activeElement.textContent')).toMatch(/paths/)

  await trouble.getByRole('link', { name: 'sink points' }).click()
  const sink = page.getByRole('dialog', { name: 'sink points' })
  await sink.getByText('token: "***"').or(sink.getByText('token: ***')).waitFor()
  expect(await page.content()).not.toContain('hunter2')
  dashboard.expectClean()
})

test.skipIf(withoutBrowser)(
  'the partition that holds windows back is named, and a reload changes the graph',
  async () => {
    const text = pipeline(await deadPort()).replace('partitions: 2,', 'partitions: 2, idle: never,')
    await using dashboard = await openDashboard({ 'p.yaml': text })
    const page = await dashboard.open()
    const clocks = page.getByRole('group', { name: 'Event time by topic' })
    const port = await dashboard.running().port(/^shop runs:/)
    // One line goes to one partition, and the other has none.
    await send(port, accessLines(1))
    await clocks.getByText(/partition 1 has no records/).waitFor()
    await page
      .getByRole('region', { name: 'Trouble' })
      .getByText(/windows stay open for it/)
      .waitFor()

    dashboard.folder.write('p.yaml', `${text}  copy: { from: paths, ndjson: out/copy.ndjson }\n`)
    expect((await dashboard.folder.tailrace('reload', 'p.yaml')).code).toBe(0)
    await page.getByRole('region', { name: 'Graph of the pipeline' }).getByRole('link', { name: /copy/ }).waitFor()
    dashboard.expectClean()
  },
)
