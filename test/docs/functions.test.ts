/** The functions of docs/language.md, as a reader would write them: a file beside the log, with the package installed. */
import { mkdirSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { folderWith, PROGRAM, startProgram } from '../cli/tailrace.ts'
import { blocksOf, partOf, readDocument } from './markdown.ts'

test('the example of functions runs', async () => {
  const blocks = blocksOf(partOf(readDocument('docs/language.md'), '## Functions of your own'))
  const file = blocks.find(({ info }) => info === 'ts risk.ts')
  const command = blocks.find(({ info }) => info === 'sh')
  using folder = folderWith({
    'risk.ts': file?.text ?? '',
    'access.log': ['/a 200', '/a 200', '/b 404', '/../c 200']
      .map((line) => line.split(' '))
      .map(([path, status]) => `h - - [01/Mar/2026:10:00:01 +0000] "GET ${path} HTTP/1.1" ${status} 5 "-" "-"\n`)
      .join(''),
  })
  for (const name of ['node_modules', 'package']) mkdirSync(folder.at(name))
  folder.write('package/package.json', '{ "name": "tailrace", "type": "module", "exports": "./index.ts" }')
  folder.write('package/index.ts', `export * from '${pathToFileURL(resolve('src/index.ts')).href}'`)
  symlinkSync(folder.at('package'), join(folder.at('node_modules'), 'tailrace'))
  const script = `tailrace() { '${process.execPath}' '${PROGRAM}' "$@"; }\n${command?.text.trim()} -o csv`
  const { stdout, stderr } = await startProgram('sh', ['-euc', script], folder.path).ended
  expect(stderr).toBe('')
  expect(stdout.trim().split(/\r?\n/)).toEqual([
    'risk,n',
    '0,2',
    expect.stringMatching(/^(0.5|1),1$/),
    expect.stringMatching(/^(0.5|1),1$/),
  ])
})
