/**
 * Serves the dashboard: `/`, and the files that it names, whose names have a hash of their bytes, so that a browser asks for each
 * of them once. They have no data of the pipeline, so they are answered without a token: the page asks for it.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { promisify } from 'node:util'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { loadPage, type PageFile, type WebScript } from './assets.ts'

const PAGE = '/'
const FOR_GOOD = 'public, max-age=31536000, immutable'
/** A browser that has the page asks whether it is still that of the program. */
const ASK_AGAIN = 'no-cache'

type Kept = Pick<PageFile, 'type' | 'etag'> & { readonly packed: Uint8Array }

/**
 * Adds an address for each file of the dashboard. Only these are served: no path of a request is one of the disk. Where it was not
 * built, `/` says so.
 */
export function servePage(app: FastifyInstance): void {
  for (const [path, { type, etag, brotli }] of Object.entries(filesOr(app))) {
    const file: Kept = { type, etag, packed: Buffer.from(brotli, 'base64') }
    app.get(path, { config: { isOpen: true, isPage: path === PAGE } }, (request, reply) => {
      reply.header('cache-control', path === PAGE ? ASK_AGAIN : FOR_GOOD)
      return send(reply, file, request.headers)
    })
  }
}

function filesOr(app: FastifyInstance): WebScript['files'] {
  try {
    return loadPage().files
  } catch (error) {
    app.get(PAGE, { config: { isOpen: true, isPage: true } }, () => {
      throw error
    })
    return {}
  }
}

async function send(reply: FastifyReply, { type, etag, packed }: Kept, headers: IncomingHttpHeaders) {
  reply.headers({ 'content-type': type, etag, vary: 'accept-encoding' })
  if (isKnown(headers['if-none-match'], etag)) return reply.code(304).send()
  if (takesBrotli(headers['accept-encoding'])) return reply.header('content-encoding', 'br').send(packed)
  const { brotliDecompress } = process.getBuiltinModule('node:zlib')
  return reply.send(await promisify(brotliDecompress)(packed))
}

/** RFC 9110, 13.1.2: tags are compared without the mark that one is weak. */
const isKnown = (given: string | undefined, etag: string): boolean =>
  (given ?? '').split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag)

/** RFC 9110, 12.5.3: `br;q=0` refuses it. */
const takesBrotli = (given: string | undefined): boolean =>
  (given ?? '').split(',').some((one) => /^\s*(br|\*)\s*($|;(?!\s*q=0(\.0*)?\s*$))/i.test(one))
