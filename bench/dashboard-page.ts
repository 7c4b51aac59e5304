/**
 * `node bench/dashboard-page.ts`: what the page of a query costs the browser, Debian's Chromium. The query has a row each 3.6 seconds of
 * event time for each of 50 paths: 1,000 windows an hour, 50,000 rows.
 *
 * - Live, at 50 rows a second of real time: how long the browser works on a frame, from its beginning until it is painted.
 * - An hour of event time as fast as it is read: the page's memory after a third of it, and at the end.
 */
import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import type { CDPSession, Page } from 'playwright-core'
import { accessLine, DAY } from '../test/access-line.ts'
import { openDashboard } from '../test/services/dashboard/browser.ts'
import { type Figure, figure, save } from './measure.ts'

const SECONDS = Number(process.env.BENCH_SECONDS ?? 40)
const PATHS = 50
const WINDOW_MS = 3600
const WINDOWS = 1000

const PIPELINE = `version: 1
name: watched
sources:
  log: { tcp: "127.0.0.1:0", to: access }
topics:
  access: { partitions: 1, format: common, watermark: ts }
queries:
  paths: |
    SELECT window_start, window_end, path, COUNT(*) AS hits
    FROM TABLE(TUMBLE(TABLE access, DESCRIPTOR(ts), INTERVAL '3.6' SECOND))
    GROUP BY window_start, window_end, path
`

/** A window's lines: each path at least once. */
const linesOf = (window: number): string =>
  Array.from({ length: PATHS }, (_, path) => {
    const at = DAY + Math.ceil((window * WINDOW_MS) / 1000) * 1000
    return accessLine(at, { path: `/p/${path}` }).repeat(1 + ((window * 7 + path * 13) % 5))
  }).join('')

const written = (socket: Socket, text: string) => new Promise<void>((resolve) => socket.write(text, () => resolve()))

/** In the page: the work on each frame, from its first callback until the browser has painted it, in milliseconds. */
const WATCH_FRAMES = `
  window.frames = []
  const channel = new MessageChannel()
  let began = 0
  channel.port1.onmessage = () => window.frames.push(performance.now() - began)
  const frame = () => {
    began = performance.now()
    channel.port2.postMessage(0)
    requestAnimationFrame(frame)
  }
  requestAnimationFrame(frame)`

async function frames(page: Page, socket: Socket): Promise<readonly Figure[]> {
  await page.evaluate(WATCH_FRAMES)
  for (let second = 0; second < SECONDS; second++) {
    const next = setTimeout(1000)
    await written(socket, linesOf(second))
    await next
  }
  const all = (await page.evaluate<number[]>('window.frames')).sort((a, b) => a - b)
  const at = (share: number) => all[Math.min(all.length - 1, Math.floor(share * all.length))] ?? Number.NaN
  const long = all.filter((ms) => ms > 16).length
  console.log(
    `${PATHS} rows/s live, ${all.length} frames: median ${at(0.5).toFixed(1)} ms, 99 % ${at(0.99).toFixed(1)} ms, longest ${at(1).toFixed(1)} ms, ${long} over 16 ms`,
  )
  return [figure('a frame, 99 %', at(0.99), 'ms'), figure('frames over 16 ms', long, 'frames')]
}

async function memory(page: Page, socket: Socket): Promise<readonly Figure[]> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable')
  const heaps: number[] = []
  for (let window = SECONDS; window < SECONDS + WINDOWS; window++) {
    await written(socket, linesOf(window))
    await setTimeout(20)
    const done = window - SECONDS + 1
    if (done === Math.round(WINDOWS / 3) || done === WINDOWS) heaps.push(await heapOf(session))
  }
  const [third = 0, end = 0] = heaps
  const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(1)
  console.log(
    `an hour of ${WINDOWS} windows, ${WINDOWS * PATHS} rows: ${mib(third)} MiB after a third, ${mib(end)} MiB at the end`,
  )
  return [figure('memory of the page after an hour', end / 2 ** 20, 'MiB')]
}

/** What the page holds when nothing that it has let go of is counted. */
async function heapOf(session: CDPSession): Promise<number> {
  await setTimeout(2000)
  await session.send('HeapProfiler.collectGarbage')
  const { metrics } = await session.send('Performance.getMetrics')
  return metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? 0
}

await using dashboard = await openDashboard({ 'p.yaml': PIPELINE })
const socket = connect(await dashboard.running().port(/^watched runs:/), '127.0.0.1')
const page = await dashboard.open('#/queries/paths')
await page.getByRole('heading', { name: 'paths', level: 1 }).waitFor()
const figures = [...(await frames(page, socket)), ...(await memory(page, socket))]
socket.destroy()
save('dashboard-page', figures)
