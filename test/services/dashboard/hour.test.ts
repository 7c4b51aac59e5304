/**
 * A page that is left open for an hour takes no more memory than at its beginning. The hour is simulated: the status of a real run is
 * told 3,600 times, with other numbers each time, faster than once a second.
 */
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import type { PipelineStatus } from '../../../src/run/status/status.ts'
import { accessLines } from '../../access-line.ts'
import { demo } from '../../cli/demo.ts'
import { send } from '../../cli/tailrace.ts'
import { openDashboard, withoutBrowser } from './browser.ts'

const HOUR = 3600
/** Statuses that come by one connection, which then breaks. */
const ROUND = 600
/** The histories of all series are full after this many. */
const FULL = 600
/** Room for what the browser keeps for a while, such as compiled code. */
const SLACK_BYTES = 1_000_000

test.skipIf(withoutBrowser)('the memory of a page is flat for an hour', async () => {
  await using dashboard = await openDashboard({ 'p.yaml': demo('tcp: 127.0.0.1:0') })
  await send(await dashboard.running().port(/^demo runs:/), accessLines(200))
  const answer = await fetch(`${dashboard.url}/api/v1/status`)
  const status = (await answer.json()) as PipelineStatus
  let told = 0
  let allowed = FULL
  const page = await dashboard.open('#/nothing')
  await page.route('**/api/v1/events', async (route) => {
    if (told >= allowed) return route.abort()
    const texts = Array.from(
      { length: ROUND },
      () => `event: status\ndata: ${JSON.stringify(later(status, told++))}\n\n`,
    )
    return route.fulfill({ contentType: 'text/event-stream', body: texts.join('') })
  })
  await page.goto(`${dashboard.url}/#/pipeline`)
  await page.reload()
  const source = page.getByRole('link', { name: /^source/ })
  const after = async (count: number) => {
    allowed = count
    await source.getByText(`${linesAt(count - 1) / 1000}k lines`).waitFor()
    return usage(page)
  }
  const full = await after(FULL)
  const hour = await after(HOUR)
  expect(hour.bytes).toBeLessThan(full.bytes + SLACK_BYTES)
  expect(hour.nodes).toBeLessThan(full.nodes * 1.2)
})

/** Whole thousands at the end of each round. */
const linesAt = (index: number): number => 1000 + 100 * (index + 1)

/** The status of a later second. */
function later(status: PipelineStatus, index: number): PipelineStatus {
  const rate = 100 + (index % 50)
  const at = new Date(Date.parse(status.at) + 1000 * index).toISOString()
  return {
    ...status,
    at,
    sources: status.sources.map((one) => ({ ...one, rate, lines: linesAt(index), lastArrival: at })),
    topics: status.topics.map((one) => ({ ...one, rate, records: index })),
    queries: status.queries.map((one) => ({ ...one, rate: rate / 10, rows: index })),
    sinks: status.sinks.map((one) => ({ ...one, rate: rate / 10, delivered: index })),
  }
}

/** What the page holds when nothing that it has let go of is counted. */
async function usage(page: Page): Promise<{ readonly bytes: number; readonly nodes: number }> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable')
  await session.send('HeapProfiler.collectGarbage')
  const { metrics } = await session.send('Performance.getMetrics')
  await session.detach()
  const value = (name: string) => metrics.find((one) => one.name === name)?.value ?? 0
  return { bytes: value('JSHeapUsedSize'), nodes: value('Nodes') }
}
