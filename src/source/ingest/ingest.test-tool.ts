/** Runs the source and posts to it. */
import { expect } from 'vitest'
import { type Delivered, runSource, type SourceRun } from '../../../test/contract/source.ts'
import { ingest } from './ingest.ts'

export const options = (more: object = {}): object => ({ listen: '127.0.0.1:0', timeout: '5s', ...more })

export const urlOf = (describe: string): string => describe.replace('ingest ', '')

type Answer = { readonly status: number; readonly headers: Headers; readonly body: Record<string, unknown> }
export type Post = (body: string | Uint8Array, headers?: Record<string, string>, path?: string) => Promise<Answer>

/** Runs the source while `use` sends requests, then stops it. Gives all deliveries. */
export async function withIngest(
  more: object,
  use: (post: Post, url: string) => Promise<void>,
  run: SourceRun = {},
): Promise<readonly Delivered[]> {
  const stop = new AbortController()
  return runSource(ingest, options(more), {
    untilEnd: false,
    signal: stop.signal,
    ...run,
    async started(describe) {
      const url = urlOf(describe)
      const post: Post = async (body, headers = {}, path = '/') => {
        const response = await fetch(url + path, {
          method: 'POST',
          body: Buffer.from(body as Uint8Array<ArrayBuffer>),
          headers,
        })
        const text = await response.text()
        expect(text).toMatch(/^\{.*\}\n$/)
        return { status: response.status, headers: response.headers, body: JSON.parse(text) }
      }
      try {
        await use(post, url)
      } finally {
        stop.abort()
      }
    },
  })
}
