/**
 * The dashboard in a real browser, Debian's Chromium: the real command line runs a pipeline, and a page of it is opened under the
 * server's own Content-Security-Policy. A test drives it as a person would, by roles and names, and ends with `expectClean`.
 *
 *   await using dashboard = await openDashboard({ 'p.yaml': … })
 *   const page = await dashboard.open('#/pipeline')
 *   await expectAccessible(page)
 *   await takeScreenshots(page, 'pipeline')
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import axe from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'
import { expect } from 'vitest'
import { debianProgram } from '../../../scripts/services/debian.ts'
import { buildWeb } from '../../../tools/build-web.ts'
import { type Folder, folderWith, type Running } from '../../cli/tailrace.ts'
import { isMissing } from '../missing.ts'

export const withoutBrowser: boolean = await isMissing('Chromium', () => debianProgram('chromium'))

const WIDE = { width: 1280, height: 800 }
const PHONE = { width: 390, height: 844 }
/** How long a page may take to show what a test waits for. */
const WAIT_MS = 30_000

export type Dashboard = AsyncDisposable & {
  readonly folder: Folder
  /** `http://127.0.0.1:PORT`. */
  readonly url: string
  /** The run that serves it; a test may stop it. */
  running(): Running
  /** Starts the pipeline again after it was stopped, at the same address. */
  restart(): Promise<void>
  /** A page in a browser of its own, which remembers nothing. */
  open(hash?: string): Promise<Page>
  /** Fails where a page has thrown, has written an error, or was refused something by the policy. */
  expectClean(): void
}

/** Runs `p.yaml` of these files, and serves its dashboard until the end of the block. `args` are further options of `run`. */
export async function openDashboard(
  files: { readonly [name: string]: string | Uint8Array },
  ...args: readonly string[]
): Promise<Dashboard> {
  await using opened = new AsyncDisposableStack()
  const folder = opened.use(folderWith(files))
  // The run is the source's, so its page shall be, too.
  mkdirSync('dist/cli', { recursive: true })
  await buildWeb('dist/cli/web.cjs')
  let running = folder.start('run', 'p.yaml', '--listen', '127.0.0.1:0', ...args)
  opened.defer(async () => void (await running.stop()))
  const port = await running.port(/^dashboard: https?:/)
  const browser = opened.use(await launch())
  const problems: string[] = []
  const url = `http://127.0.0.1:${port}`
  const rest = opened.move()
  return {
    folder,
    url,
    running: () => running,
    async restart() {
      running = folder.start('run', 'p.yaml', '--listen', `127.0.0.1:${port}`, ...args)
      await running.line(/^dashboard: https?:/)
    },
    async open(hash = '') {
      const page = await browser.newPage({ viewport: WIDE, colorScheme: 'light' })
      page.setDefaultTimeout(WAIT_MS)
      watch(page, problems)
      await page.goto(`${url}/${hash}`)
      return page
    },
    expectClean: () => expect(problems).toEqual([]),
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  }
}

export type Pages = AsyncDisposable & {
  /** Opens an address in a browser of its own; a file as `file:///…`. */
  open(url: string, options?: { readonly withoutScript?: boolean }): Promise<Page>
  /** Fails where a page has thrown, has written an error, or has asked anybody for anything. */
  expectClean(): void
}

/** A browser for pages that are files, which nobody serves. */
export async function openPages(): Promise<Pages> {
  const browser = await launch()
  const problems: string[] = []
  return {
    async open(url, { withoutScript = false } = {}) {
      const page = await browser.newPage({ viewport: WIDE, colorScheme: 'light', javaScriptEnabled: !withoutScript })
      page.setDefaultTimeout(WAIT_MS)
      watch(page, problems)
      page.on('request', (request) => {
        if (!/^(file|blob|data):/.test(request.url())) problems.push(`asked for ${request.url()}`)
      })
      await page.goto(url)
      return page
    },
    expectClean: () => expect(problems).toEqual([]),
    [Symbol.asyncDispose]: () => browser.close(),
  }
}

const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: debianProgram('chromium'), args: ['--no-sandbox', '--disable-dev-shm-usage'] })

/** An answer that is an error is written by the browser as well: the page shows it, and a test looks for that. */
function watch(page: Page, problems: string[]): void {
  page.on('pageerror', (error) => problems.push(error.stack ?? error.message))
  page.on('console', (message) => {
    const isAnswer = message.location().url.includes('/api/')
    if (message.type() === 'error' && !isAnswer) problems.push(`${message.text()} ${message.location().url}`)
  })
}

type Violation = {
  readonly id: string
  readonly help: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[]
}

/** Fails where axe-core finds a violation, in the light or the dark theme, or where a phone has to scroll the page sideways. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe.source)
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme })
    const { violations } = await page.evaluate<{ violations: readonly Violation[] }>('axe.run()')
    const found = violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${colorScheme}: ${id}: ${help}: ${html}: ${failureSummary}`),
    )
    expect(found).toEqual([])
  }
  await page.setViewportSize(PHONE)
  await expect.poll(() => page.evaluate<number>('document.documentElement.scrollWidth')).toBe(PHONE.width)
  await page.setViewportSize(WIDE)
}

/**
 * Takes the page at both widths, light and dark, where TAILRACE_SCREENSHOTS names a folder: as PNG for people to look at, and as
 * WebP, which is small, for `docs/dashboard/`.
 */
export async function takeScreenshots(page: Page, name: string): Promise<void> {
  const folder = process.env.TAILRACE_SCREENSHOTS
  if (folder === undefined) return
  mkdirSync(folder, { recursive: true })
  for (const viewport of [WIDE, PHONE]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize(viewport)
      await page.emulateMedia({ colorScheme })
      // A chart is drawn anew when it sees its new size.
      await page.waitForTimeout(300)
      const path = join(folder, `${name}-${viewport.width}-${colorScheme}`)
      const png = await page.screenshot({ path: `${path}.png`, fullPage: true })
      writeFileSync(`${path}.webp`, await webpOf(page, png))
    }
  }
  await page.setViewportSize(WIDE)
  await page.emulateMedia({ colorScheme: 'light' })
}

/** The picture, packed by the browser. */
async function webpOf(page: Page, png: Buffer): Promise<Buffer> {
  // The policy of the page may forbid it pictures.
  const blank = await page.context().browser()?.newPage()
  const packed = await (blank ?? page).evaluate<string>(`new Promise((resolve) => {
    const image = new Image()
    image.onload = () => {
      const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height })
      canvas.getContext('2d').drawImage(image, 0, 0)
      resolve(canvas.toDataURL('image/webp', 0.9))
    }
    image.src = 'data:image/png;base64,${png.toString('base64')}'
  })`)
  await blank?.close()
  return Buffer.from(packed.slice(packed.indexOf(',') + 1), 'base64')
}
