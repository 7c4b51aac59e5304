#!/usr/bin/env node
/**
 * Where `tailrace` starts. It loads nothing before it knows that it must: `--version` answers at once, and an old Node is
 * told so before it meets syntax that it cannot read. The rest is `program.ts`.
 */
import { readFileSync } from 'node:fs'
import module from 'node:module'

const NEEDED = 24
const args = process.argv.slice(2)
// Both `src/cli/main.ts` and `dist/cli/main.js` are two folders below package.json.
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

if (Number.parseInt(process.versions.node, 10) < NEEDED) {
  process.stderr.write(
    `tailrace: this is Node.js ${process.versions.node}, and tailrace needs ${NEEDED} or newer.\n` +
      `  Install it, or bring it along: npm install tailrace node@${NEEDED}, then npx tailrace.\n`,
  )
  process.exitCode = 1
} else if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
  process.stdout.write(`${version}\n`)
} else {
  module.enableCompileCache()
  if (args[0] === 'query') {
    const { startHelper } = await import('../runner/early-thread.ts')
    const helper = startHelper(args.slice(1))
    const { queryMain } = await import('./query-main.ts')
    await queryMain(args, version, helper)
  } else {
    const [{ main }, { loadCommand }] = await Promise.all([import('./program.ts'), import('./load-command.ts')])
    await main(args, version, loadCommand)
  }
}
