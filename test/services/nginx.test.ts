/** nginx as the example has it, and the two ways to send it requests: each in the exact mix, and nothing is left behind. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { debianProgram } from '../../scripts/services/debian.ts'
import { installJmeter, runJmeter } from '../../scripts/services/jmeter/jmeter.ts'
import { copyOfSite, startNginx } from '../../scripts/services/nginx.ts'
import { temporaryFolder } from '../../src/data/data-folder.test-tool.ts'
import { PRODUCT_MIX } from '../../src/source/made/lines/product-requests.ts'
import { isMissing } from './missing.ts'
import { expectNothingLeft } from './remains.ts'

const EXAMPLE = 'examples/access-log'
const noNginx = await isMissing('nginx', () => debianProgram('nginx'))
const noJmeter = await isMissing('JMeter', installJmeter)

/** How many lines of the access log there are for each page and each server. */
function requestsIn(folder: string) {
  const counts = { pages: {} as Record<string, number>, servers: {} as Record<string, number> }
  for (const line of readFileSync(join(folder, 'access.log'), 'utf8').trimEnd().split('\n')) {
    const [, page = line, server = ''] = /"GET (\S+) HTTP\/1\.1" 200 \d+ .* ([\d.:]+)$/.exec(line) ?? []
    counts.pages[page] = (counts.pages[page] ?? 0) + 1
    counts.servers[server] = (counts.servers[server] ?? 0) + 1
  }
  return { pages: counts.pages, servers: Object.values(counts.servers) }
}

const times = (factor: number) =>
  Object.fromEntries(Object.entries(PRODUCT_MIX).map(([page, count]) => [page, count * factor]))

test.skipIf(noNginx)('nginx likes each configuration of the example, wherever the folder is', async () => {
  using folder = temporaryFolder()
  await copyOfSite(folder.path)
  const confs = readdirSync(folder.path)
  expect(confs).toEqual(['nginx-server1.conf', 'nginx-server2.conf', 'nginx.conf'])
  for (const conf of confs) {
    execFileSync(debianProgram('nginx'), ['-t', '-q', '-p', folder.path, '-c', conf], { stdio: 'pipe' })
  }
})

test.skipIf(noNginx)('load.ts sends the exact mix, which the balancer divides between two servers', async () => {
  using folder = temporaryFolder()
  await copyOfSite(folder.path)
  await using nginx = await startNginx({ folder: folder.path })
  const load = ['--url', nginx.urls.nginx ?? '', '--requests', '1000', '--seed', '7']
  const said = execFileSync(process.execPath, [join(EXAMPLE, 'load.ts'), ...load]).toString()
  expect(said.split(/\s+/)).toEqual(
    expect.arrayContaining([
      '/product1',
      '500',
      '/product2',
      '250',
      '/product3',
      '150',
      '/product4',
      '80',
      '/product5',
    ]),
  )
  await nginx.stop()
  expect(requestsIn(folder.path)).toEqual({ pages: times(10), servers: [500, 500] })
  expectNothingLeft(nginx.folder, nginx.pids)
  expect(existsSync(join(folder.path, 'balancer.pid'))).toBe(false)
})

test.skipIf(noNginx || noJmeter)('JMeter sends the exact mix of load.jmx', async () => {
  using folder = temporaryFolder()
  await copyOfSite(folder.path)
  await using nginx = await startNginx({ folder: folder.path })
  const { port } = new URL(nginx.urls.nginx ?? '')
  const answers = await runJmeter({ plan: join(EXAMPLE, 'load.jmx'), properties: { port, threads: 4, loops: 250 } })
  expect(answers).toEqual({ requests: times(10), failed: 0 })
  await nginx.stop()
  expect(requestsIn(folder.path).pages).toEqual(times(10))
})

test.skipIf(noNginx)('a mistake in a configuration of nginx is a failure that shows it', async () => {
  using folder = temporaryFolder()
  await copyOfSite(folder.path)
  const taken = await startNginx({ folder: folder.path })
  await expect(startNginx({ folder: folder.path })).rejects.toThrow(/Address already in use/)
  await taken.stop()
})
