import { brotliDecompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { makeReport, makeWeb } from './build-web.ts'

/** What all pages take together, compressed. */
const MAX_BYTES = 150_000
const { script } = await makeWeb()
const files = Object.entries(script.files).map(([path, file]) => ({
  path,
  size: Buffer.from(file.brotli, 'base64').length,
  text: brotliDecompressSync(Buffer.from(file.brotli, 'base64')).toString('utf8'),
}))
const page = files.find(({ path }) => path === '/')?.text ?? ''

test('the whole dashboard is small', () => {
  const total = files.reduce((sum, { size }) => sum + size, 0)
  expect(total).toBeLessThan(MAX_BYTES)
  expect(total).toBeGreaterThan(10_000)
})

test('what the page names is there, and nothing in it or in the style sheet is asked of another server', () => {
  const named = [...page.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, path]) => path)
  expect(named).toHaveLength(4)
  expect(named.filter((path) => files.every((file) => file.path !== path))).toEqual([])
  const sheets = files.filter(({ path }) => path.endsWith('.css')).map(({ text }) => text)
  expect(sheets.filter((text) => /url\((?!data:)|@import/.test(text))).toEqual([])
})

test('a page of results is small, and nothing in it is asked of a server', async () => {
  const { script, style } = (await makeReport()).assets
  expect(script.length + style.length).toBeLessThan(140_000)
  expect(`${script}${style}`).not.toMatch(/url\((?!data:)|@import|fetch\(|XMLHttpRequest|https?:\/\/(?!www\.w3\.org\/)/)
})

test('no script and no style is inline, as the policy of the server forbids it', () => {
  expect(page).not.toMatch(/<style|<script(?![^>]* src=)|\bon\w+=|\bstyle=/)
})
