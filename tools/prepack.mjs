/**
 * Builds the package before it is packed. In a fresh clone it first installs what the build needs, Node 24 included, as
 * `./tailrace` does: so this file is plain JavaScript, which older versions of Node run as well.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const NODE = 'node_modules/.bin/node'

/** Ends with the exit code of a command that fails. */
function run(command, args, env = process.env) {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 2, 2], env })
  if (error !== undefined) process.stderr.write(`tailrace: ${command} cannot be started: ${error.message}\n`)
  if (status !== 0) process.exit(status ?? 1)
}

if (!existsSync(NODE)) {
  process.stderr.write('tailrace: installing what the build needs (npm ci)\n')
  // npm gives its own options to its scripts: `npm pack --dry-run` is no wish for a dry installation.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_config_/i.test(name)))
  run('npm', ['ci', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'], env)
}
run(NODE, ['tools/build.ts', '--clean'])
