/**
 * The files of the dashboard, as `tools/build-web.ts` makes them of `web/`: one script that exports them, so that the package
 * and the single binary carry it as any other script. It is loaded when a browser asks for the page first.
 */
import { createRequire } from 'node:module'
import { Failure } from '../../base/failure.ts'

export type PageFile = {
  /** The Content-Type. */
  readonly type: string
  /** The bytes, compressed with brotli, as base64. */
  readonly brotli: string
  /** A hash of the bytes, as an entity tag with its quotes. */
  readonly etag: string
}

export type WebScript = {
  /** By path: `/` is the page, which names all others; these have a hash in their names, and never change. */
  readonly files: { readonly [path: string]: PageFile }
}

/** Throws a Failure where nothing was built: only a checkout of the source is without it. */
export function loadPage(): WebScript {
  try {
    return createRequire(import.meta.url)('../../../dist/cli/web.cjs') as WebScript
  } catch (cause) {
    throw new Failure('not-found', 'the dashboard was not built', { hint: 'run: node tools/build.ts', cause })
  }
}
