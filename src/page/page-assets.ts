/**
 * The script and the style sheet of a page of results, as `tools/build-web.ts` makes them of `web/report/`: a script of its own, so
 * that the package and the single binary carry it as any other, loaded when a page is made.
 */
import { createRequire } from 'node:module'
import { Failure } from '../base/failure.ts'

export type PageAssets = {
  readonly script: string
  readonly style: string
}

/** Throws a Failure where nothing was built: only a checkout of the source is without it. */
export function loadPageAssets(): PageAssets {
  try {
    return createRequire(import.meta.url)('../../dist/cli/report-page.cjs') as PageAssets
  } catch (cause) {
    throw new Failure('not-found', 'the page of results was not built', { hint: 'run: node tools/build.ts', cause })
  }
}
