/**
 * The recipes of docs/recipes.md, as a reader would follow them: each in an empty folder with the files that it names, and a shell
 * that runs its commands.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { buildReport } from '../../tools/build-web.ts'
import { type Folder, folderWith, PROGRAM, startProgram } from '../cli/tailrace.ts'
import { type Block, blocksOf, partOf, readDocument } from './markdown.ts'

// The recipes are those of the source, so its pages shall be, too.
await buildReport('dist/cli/report-page.cjs')
const page = readDocument('docs/recipes.md')
const titles = [...page.matchAll(/^## .*$/gm)].map(([title]) => title)

/** The name of the file that a block is: behind the language, or as the first comment. */
const nameOf = ({ info, text }: Block): string | undefined =>
  /^text (\S+)$/.exec(info)?.[1] ?? (info === 'yaml' ? /^# (\S+)\n/.exec(text)?.[1] : undefined)

function folderOf(blocks: readonly Block[]): Folder {
  const folder = folderWith()
  folder.write('tailrace', `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`)
  chmodSync(folder.at('tailrace'), 0o755)
  for (const block of blocks) {
    const name = nameOf(block)
    if (name !== undefined) folder.write(name, block.text)
  }
  return folder
}

const isThere = (program: string): boolean => spawnSync(program, ['--version']).status === 0

test('there are recipes', () => expect(titles.length).toBeGreaterThan(7))

describe.each(titles)('%s', (title) => {
  const blocks = blocksOf(partOf(page, title))
  const lacksCurl = blocks.some(({ info, text }) => info === 'sh' && /^curl /m.test(text)) && !isThere('curl')

  test.skipIf(lacksCurl)('its commands print what the page says', async () => {
    using folder = folderOf(blocks)
    const commands = blocks.filter(({ info }) => info === 'sh')
    expect(commands.length).toBeGreaterThan(0)
    for (const { text, gives } of commands) {
      const environment = { PATH: `${folder.path}:${process.env.PATH}` }
      const { code, stdout, stderr } = await startProgram('sh', ['-euc', text], folder.path, environment).ended
      expect({
        code,
        stderr: stderr.split('\n').filter((line) => /^(tailrace|warning|dead letter):/.test(line)),
      }).toEqual({
        code: 0,
        stderr: [],
      })
      // A table may have blanks behind its last column, which an editor removes.
      const trimmed = (output = '') => output.replaceAll(/[ \t]+$/gm, '')
      expect(trimmed(stdout)).toBe(trimmed(gives))
    }
  })
})
