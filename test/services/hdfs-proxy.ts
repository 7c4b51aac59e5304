/**
 * Stands between tailrace and a real HDFS, NameNode and DataNode, and does what a network does once in a while: loses an
 * answer, breaks a connection in the middle of a body. `url` is the address that tailrace gets.
 */
import { request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** `lose`: HDFS does it and the answer does not come; `half`: the connection breaks in the middle of the body. */
export type ProxyTrouble = 'lose' | 'half'

export type HdfsProxy = AsyncDisposable & {
  readonly url: string
  trouble: (op: string, role: 'NameNode' | 'DataNode') => ProxyTrouble | undefined
  /** Users whose processes are dead: what they had under way goes no further. */
  readonly dead: Set<string>
  /** How often there was trouble. */
  troubles: number
}

/** Starts a proxy for the NameNode at `http://HOST:PORT`, and for the DataNodes that it names. */
export async function startHdfsProxy(webhdfs: string): Promise<HdfsProxy> {
  const server = createServer((request, response) => {
    forward(request, response).catch(() => request.socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const own = `127.0.0.1:${(server.address() as AddressInfo).port}`

  async function forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, search, searchParams } = new URL(request.url ?? '', 'http://x')
    if (proxy.dead.has(searchParams.get('user.name') ?? '')) return
    const [, dataNode, rest] = /^\/at\/([^/]+)(\/.*)$/.exec(pathname) ?? []
    const to = dataNode === undefined ? `${webhdfs}${pathname}` : `http://${dataNode}${rest}`
    const trouble = proxy.trouble(searchParams.get('op') ?? '', dataNode === undefined ? 'NameNode' : 'DataNode')
    if (trouble !== undefined) proxy.troubles++
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const sent = ask(`${to}${search}`, { method: request.method ?? 'GET', headers: { 'content-length': body.length } })
    const answer = new Promise<IncomingMessage>((resolve, reject) => {
      sent.on('response', resolve)
      sent.on('error', reject)
    })
    if (trouble === 'half') {
      sent.write(body.subarray(0, body.length >> 1), () => {
        sent.destroy()
        request.socket.destroy()
      })
      return void answer.catch(() => undefined)
    }
    sent.end(body)
    const found = await answer
    const text: Buffer[] = []
    for await (const chunk of found) text.push(chunk as Buffer)
    if (trouble === 'lose') return void request.socket.destroy()
    // What a DataNode answers is bytes; only the NameNode names addresses.
    const bytes = Buffer.concat(text)
    const named = bytes.toString().replace(/"Location":"http:\/\/([^/]+)/, `"Location":"http://${own}/at/$1`)
    response.statusCode = found.statusCode ?? 500
    response.end(dataNode === undefined ? named : bytes)
  }

  const proxy: HdfsProxy = {
    url: `http://${own}`,
    trouble: () => undefined,
    dead: new Set(),
    troubles: 0,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return proxy
}
