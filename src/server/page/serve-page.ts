/**
 * Serves the dashboard: `/`, and the files that it names, whose names have a hash of their bytes, so that a browser asks for each
 * of them once. They have no data of the pipeline, so they are answered without a token: the page asks for it.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { promisify } from 'node:util'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { RequestError } from '../../source/request-error.ts'
import { loadPage, type PageFile } from './assets.ts'

const PAGE = '/'
/** The files: their names end in a hash. Any other path is not ours, and may need the token. */
const FILE = '/:file(^[a-z]+-[A-Za-z0-9]{8}\\.(?:js|css|svg)$)'
const FOR_GOOD = 'public, max-age=31536000, immutable'
/** A browser that has the page asks whether it is still that of the program. */
const ASK_AGAIN = 'no-cache'

/**
 * Adds the page and its files. They are loaded when one is asked for first. No path of a request is one of the disk: what the
 * build has put together is all there is.
 */
export function servePage(app: FastifyInstance): void {
  for (const address of [PAGE, FILE]) {
    app.get(address, { config: { isOpen: true, isPage: address === PAGE } }, ({ url, headers }, reply) => {
      const [path = PAGE] = url.split('?')
      const { files } = loadPage()
      const file = Object.hasOwn(files, path) ? files[path] : undefined
      if (file === undefined) throw new RequestError(404, `there is no ${path} here: load the page again`)
      reply.header('cache-control', path === PAGE ? ASK_AGAIN : FOR_GOOD)
      return send(reply, file, headers)
    })
  }
}

async function send(reply: FastifyReply, { type, etag, brotli }: PageFile, headers: IncomingHttpHeaders) {
  reply.headers({ 'content-type': type, etag, vary: 'accept-encoding' })
  if (isKnown(headers['if-none-match'], etag)) return reply.code(304).send()
  const packed = Buffer.from(brotli, 'base64')
  if (takesBrotli(headers['accept-encoding'])) return reply.header('content-encoding', 'br').send(packed)
  const { brotliDecompress } = process.getBuiltinModule('node:zlib')
  return reply.send(await promisify(brotliDecompress)(packed))
}

/** RFC 9110, 13.1.2: tags are compared without the mark that one is weak. */
const isKnown = (given: string | undefined, etag: string): boolean =>
  (given ?? '').split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag)

/** RFC 9110, 12.5.3: `br;q=0` refuses it. */
const takesBrotli = (given: string | string[] | undefined): boolean =>
  String(given ?? '')
    .split(',')
    .some((one) => /^\s*br\s*($|;(?!\s*q=0(\.0*)?\s*$))/i.test(one))
