/**
 * The dashboard of `tailrace run`. It only shows what the server tells: `api/` asks, `app/` is the frame with the list of
 * pages, `page/` has a folder for each page, `part/` what they share, and `chart/` draws rows.
 *
 * It stays fast and small in memory however long it is open: what grows has a limit, a component reads the part of the status
 * that it shows and is rendered only where that changed, and at most once a frame.
 */
import { render } from 'preact'
import { followPipeline } from './api/pipeline.ts'
import { followStatus } from './api/status.ts'
import { App } from './app/app.tsx'

const root = document.getElementById('app')
if (root !== null) {
  render(<App />, root)
  followStatus()
  followPipeline()
}
