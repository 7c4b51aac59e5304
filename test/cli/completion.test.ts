/** Completion and the manual page, read by the shells and formatters themselves where they are installed. */
import { execFileSync, spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { loadAll } from '../../src/cli/load-command.ts'
import { commandTree } from '../../src/cli/tree/command-tree.ts'
import { completionScript, type Shell } from '../../src/cli/tree/scripts.ts'
import { manualPage } from '../../tools/manual.ts'
import { folderWith, tailrace } from './tailrace.ts'

const has = (program: string, ...args: string[]) => spawnSync(program, args).error === undefined
const tree = async () => commandTree(await loadAll())
const script = async (shell: Shell) => completionScript(shell, await tree())

/** What bash offers for a command line, as its parts. */
async function bash(...words: string[]): Promise<readonly string[]> {
  const ask = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tailrace; printf '%s\\n' "\${COMPREPLY[@]}"`
  using folder = folderWith({ script: await script('bash') })
  const output = execFileSync('bash', ['-c', ask, 'bash', folder.at('script'), 'tailrace', ...words], {
    encoding: 'utf8',
  })
  return output.split('\n').filter((line) => line !== '')
}

// Promise: bash, zsh and fish complete every command, its options and the values that are known.
test('bash completes commands, options and values', async () => {
  expect(await bash('de')).toEqual(['describe', 'dead'])
  expect(await bash('--v')).toEqual(['--version'])
  expect(await bash('help', 'que')).toEqual(['query'])
  expect(await bash('query', '--st')).toEqual(['--strict'])
  expect(await bash('query', '--dead', 'x', '--qu')).toEqual(['--quiet'])
  expect(await bash('query', '-o', 'v')).toEqual(['vertical'])
  expect(await bash('query', '--output', '=', 'nd')).toEqual(['ndjson'])
  expect(await bash('query', '--output', '=')).toEqual(['table', 'json', 'ndjson', 'csv', 'vertical', 'html'])
  expect(await bash('query', '--format', 'com')).toEqual(['combined', 'common'])
  expect(await bash('completion', 'z')).toEqual(['zsh'])
  // Nothing of our own: bash then completes the names of files.
  expect(await bash('query', 'SELECT', 'acc')).toEqual([])
  expect(await bash('run', '')).toEqual([])
})

test.skipIf(!has('zsh', '--version'))('zsh reads its script, and takes it for tailrace', async () => {
  using folder = folderWith({ script: await script('zsh') })
  const ask =
    'autoload -U compinit; compinit -u -D; source $1; print -r -- $_comps[tailrace]; functions _tailrace | head -1'
  const output = execFileSync('zsh', ['-fc', ask, 'zsh', folder.at('script')], { encoding: 'utf8' })
  expect(output).toBe('_tailrace\n_tailrace () {\n')
})

test.skipIf(!has('fish', '--version'))('fish completes commands, options and values', async () => {
  using folder = folderWith({ script: await script('fish') })
  const fish = (line: string) =>
    execFileSync('fish', ['-N', '-c', 'source $argv[1]; complete -C $argv[2]', folder.at('script'), line], {
      encoding: 'utf8',
      env: { ...process.env, HOME: folder.path },
    })
      .split('\n')
      .map((row) => row.split('\t')[0])
      .filter((word) => word !== '')
  expect(fish('tailrace desc')).toEqual(['describe'])
  expect(fish('tailrace query --stri')).toEqual(['--strict'])
  expect(fish('tailrace query -o vert')).toEqual(['vertical'])
  expect(fish('tailrace completion z')).toEqual(['zsh'])
})

test('the command prints the script of a shell, and refuses an unknown one', async () => {
  expect(await tailrace(['completion', 'bash'])).toEqual({
    code: 0,
    signal: null,
    stdout: await script('bash'),
    stderr: '',
  })
  expect(await tailrace(['completion', 'tcsh'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Allowed choices are bash, zsh, fish.'),
  })
})

const page = async () => manualPage(await tree(), '1.2.3', "what it's for")

// Promise: the manual page names every command and option.
test('the manual page has every command with its options and examples', async () => {
  const text = await page()
  for (const { name, options, after } of await tree()) {
    expect(text).toContain(`.SS tailrace ${name}\n`)
    for (const option of options) expect(text).toContain(`.TP\n.B ${option.names.join(', ').replaceAll('-', '\\-')}`)
    if (!['completion', 'version'].includes(name)) expect(after).toContain('Examples:')
  }
})

test.skipIf(!has('man', '--version'))('man formats it without a warning', async () => {
  using folder = folderWith({ 'tailrace.1': await page() })
  const { stdout, stderr, status } = spawnSync('man', ['--warnings', '-E', 'UTF-8', '-l', folder.at('tailrace.1')], {
    encoding: 'utf8',
    env: { ...process.env, MANWIDTH: '100', MANPAGER: 'cat', LC_ALL: 'C.UTF-8' },
  })
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
  expect(stdout).toContain("tailrace - what it's for")
})

test.skipIf(!has('mandoc', '-l', '/dev/null'))('mandoc has no warning either', async () => {
  using folder = folderWith({ 'tailrace.1': await page() })
  const { stdout } = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', folder.at('tailrace.1')], { encoding: 'utf8' })
  expect(stdout.replace(/^.*missing date.*\n/, '')).toBe('')
})

test('the version is printed by any of the usual words', async () => {
  const { stdout } = await tailrace(['--version'])
  for (const word of ['-v', '-V', 'version'])
    expect(await tailrace([word])).toMatchObject({ code: 0, stdout, stderr: '' })
})
