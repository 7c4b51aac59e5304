#!/usr/bin/env node
/** `tailrace` from its source; the published one begins in `built/main.ts`. */
import { join } from 'node:path'
import { start } from './start.ts'

await start(join(import.meta.dirname, '../../package.json'), async () => {
  const { main } = await import('./load-command.ts')
  return { main, done: () => {} }
})
