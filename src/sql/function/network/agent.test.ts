import { expect, test } from 'vitest'
import type { Value } from '../../../record/column.ts'
import { STRING } from '../../../record/type.ts'
import { call, rows } from '../run.test-tool.ts'

const WEBKIT = 'AppleWebKit/537.36 (KHTML, like Gecko)'
const CHROME = `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/120.0.0.0 Safari/537.36`
const TABLET = `Mozilla/5.0 (Linux; Android 13; SM-T870) ${WEBKIT} Chrome/116.0.0.0 Safari/537.36`
const SAFARI =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Mobile/15E148 Safari/604.1'
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0'
const GOOGLEBOT = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'

test.each<readonly [string, readonly Value[]]>([
  [CHROME, ['Chrome', '120.0.0.0', 'Windows', 'desktop', false]],
  [TABLET, ['Chrome', '116.0.0.0', 'Android', 'tablet', false]],
  [SAFARI, ['Safari', '17.1', 'iOS', 'mobile', false]],
  [FIREFOX, ['Firefox', '115.0', 'Linux', 'desktop', false]],
  [GOOGLEBOT, ['Googlebot', '2.1', null, 'bot', true]],
  ['curl/8.0.1', [null, null, null, null, true]],
  ['', [null, null, null, null, true]],
  ['-', [null, null, null, null, true]],
])('%s', (agent, wanted) => {
  const names = ['BROWSER', 'BROWSER_VERSION', 'OS', 'DEVICE', 'IS_BOT']
  // Each text comes twice: the second time as it is remembered.
  const found = names.map((name) => call(`USER_AGENT_${name}`, [rows(STRING, agent, null, agent)]))
  expect(found).toEqual(wanted.map((value) => [value, null, value]))
})

test('more texts than are kept give the same answers', () => {
  const agents = Array.from({ length: 9000 }, (_, number) => `${FIREFOX}.${number % 4500}`)
  const wanted = agents.map((_, number) => `115.0.${number % 4500}`)
  expect(call('USER_AGENT_BROWSER_VERSION', [rows(STRING, ...agents)])).toEqual(wanted)
})

test('what is behind the first 1,000 characters is not read', () => {
  expect(call('USER_AGENT_IS_BOT', [rows(STRING, `${CHROME}${' '.repeat(1000)}Googlebot`)])).toEqual([false])
})
