import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect as connectPlain, type Socket } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { expect, test } from 'vitest'
import { linesOf, runSource } from '../../../test/contract/source.ts'
import { makePems } from '../network/pem.test-tool.ts'
import { closed } from '../tcp.test-tool.ts'
import { portIn } from './syslog.test-tool.ts'
import { syslogSource } from './syslog.ts'

const dialTls = async (text: string, folder: string, name?: string): Promise<Socket> => {
  const read = (file: string) => readFileSync(join(folder, file))
  const own = name === undefined ? {} : { key: read(`${name}.key`), cert: read(`${name}.pem`) }
  const socket = connectTls({ port: portIn(text, 'tls'), host: '127.0.0.1', ca: read('ca.pem'), ...own })
  // With TLS 1.3 a client learns that it is refused only after it has sent.
  socket.on('error', () => {})
  await once(socket, 'secureConnect')
  return socket
}

test('messages come encrypted; who does not speak TLS is told apart', async () => {
  const folder = await makePems()
  const warnings: string[] = []
  const tls = { listen: 0, cert: 'server.pem', key: 'server.key' }
  const all = await runSource(
    syslogSource,
    { tls },
    {
      folder,
      warnings,
      async started(text) {
        const secure = await dialTls(text, folder)
        const plain = connectPlain(portIn(text, 'tls'), '127.0.0.1').on('error', () => {})
        plain.end('<1>in the clear\n')
        await closed(plain.resume())
        secure.end('8 <34>1 ab8 <34>1 cd')
        await closed(secure.resume())
      },
    },
  )
  expect(linesOf(all)).toEqual(['<34>1 ab', '<34>1 cd'])
  expect(warnings).toEqual([expect.stringMatching(/^127\.0\.0\.1:\d+ could not agree on TLS: /)])
})

// Promise: With `ca`, a peer without a certificate of that authority sends nothing into a topic.
test('with an authority, only peers with a certificate of it are heard', async () => {
  const folder = await makePems()
  const warnings: string[] = []
  const tls = { listen: 0, cert: 'server.pem', key: 'server.key', ca: 'ca.pem' }
  const all = await runSource(
    syslogSource,
    { tls },
    {
      folder,
      warnings,
      async started(text) {
        for (const name of [undefined, 'stranger']) {
          const refused = (await dialTls(text, folder, name)).resume()
          refused.write('<1>from nobody\n')
          await closed(refused)
        }
        const known = await dialTls(text, folder, 'client')
        known.end('<2>known\n')
        await closed(known.resume())
      },
    },
  )
  expect(linesOf(all)).toEqual(['<2>known'])
  expect(warnings[0]).toMatch(/could not agree on TLS/)
})

test('files that do not fit are one clear failure, which check finds too', async () => {
  const folder = await makePems()
  const tls = (more: object) => ({ tls: { listen: 0, cert: 'server.pem', key: 'server.key', ...more } })
  const missing = { code: 'not-found', message: expect.stringContaining('gone.pem for `tls` of source input') }
  await expect(runSource(syslogSource, tls({ cert: 'gone.pem' }), { folder })).rejects.toMatchObject(missing)
  const other = {
    code: 'not-text',
    message: expect.stringMatching(/^source input: TLS cannot be used with server.pem and client.key/),
  }
  await expect(runSource(syslogSource, tls({ key: 'client.key' }), { folder })).rejects.toMatchObject(other)
  const options = syslogSource.options.parse(tls({ key: 'client.key' }))
  expect(await syslogSource.lookAhead?.(options, folder)).toMatchObject([
    { message: expect.stringMatching(/^TLS cannot/) },
  ])
})
