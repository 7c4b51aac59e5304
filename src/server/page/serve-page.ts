/**
 * Serves the files of the dashboard: to everyone, as they tell nothing of the pipeline. The page is asked for anew each time; the
 * files that it names have a hash in their names, and are kept by the browser.
 */
import { brotliDecompressSync } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { RequestError } from '../../source/request-error.ts'
import { loadPage } from './assets.ts'

const FOREVER = 'public, max-age=31536000, immutable'
/** Only what this server sends is loaded or asked, and nobody shows the page inside another. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** The files: their names end in a hash. Any other path is not ours, and may need the token. */
const FILE = '/:file(^[a-z]+-[A-Za-z0-9]{8}\\.(?:js|css|svg)$)'

/** Adds the page and its files; they are loaded when one is asked for first. */
export function servePage(app: FastifyInstance): void {
  for (const url of ['/', FILE]) {
    app.get(url, { config: { isOpen: true } }, async (request, reply) => sendFile(request, reply))
  }
}

function sendFile({ url, headers }: FastifyRequest, reply: FastifyReply): FastifyReply {
  const [path = '/'] = url.split('?')
  const file = loadPage().files[path]
  if (file === undefined) throw new RequestError(404, `there is no ${path} here`)
  reply.headers({
    etag: file.etag,
    'cache-control': path === '/' ? 'no-cache' : FOREVER,
    'content-security-policy': POLICY,
    'referrer-policy': 'no-referrer',
    vary: 'accept-encoding',
  })
  if (headers['if-none-match'] === file.etag) return reply.code(304).send()
  const packed = Buffer.from(file.brotli, 'base64')
  reply.type(file.type)
  if (/\bbr\b/.test(headers['accept-encoding']?.toString() ?? '')) {
    return reply.header('content-encoding', 'br').send(packed)
  }
  return reply.send(brotliDecompressSync(packed))
}
