import { statSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { Failure } from '../../base/failure.ts'
import { temporaryFolder } from '../../data/data-folder.test-tool.ts'
import { askRun } from './ask.ts'
import { controlPath } from './place.ts'
import { type ControlCommands, openControl } from './socket.ts'

const WAIT_MS = 20_000
const COMMANDS: ControlCommands = {
  status: () => ({ lines: 3 }),
  echo: async ({ text }) => text,
  full: () => {
    throw new Failure('full', 'no space is left', { hint: 'Make room.' })
  },
  wrong: () => {
    throw new TypeError('x is undefined')
  },
}
const noWarning = (message: string) => expect.unreachable(message)
const ask = (folder: string, command: string) => askRun(folder, { command }, WAIT_MS)

test('an answer, a failure, a bug and a command that is not known', async () => {
  using folder = temporaryFolder()
  expect(await ask(folder.path, 'status')).toBeUndefined()
  await using _ = await openControl(folder.path, COMMANDS, noWarning)
  expect(await ask(folder.path, 'status')).toEqual({ answer: { lines: 3 } })
  await expect(ask(folder.path, 'full')).rejects.toMatchObject({
    code: 'full',
    message: 'no space is left',
    hint: 'Make room.',
  })
  await expect(ask(folder.path, 'wrong')).rejects.toThrow('a bug in tailrace: TypeError: x is undefined')
  await expect(ask(folder.path, 'toString')).rejects.toThrow('does not know the command toString')
  expect(await ask(folder.path, 'status')).toEqual({ answer: { lines: 3 } })
})

/** Sends a text; resolves with all that comes back until the other side ends the connection. */
const exchange = (path: string, text: string, end: boolean): Promise<string> =>
  new Promise((resolve) => {
    let got = ''
    const peer = connect(path, () => (end ? peer.end(text) : peer.write(text)))
    peer.setEncoding('utf8').on('data', (piece: string) => {
      got += piece
    })
    peer.on('error', () => {}).on('close', () => resolve(got))
  })

test('requests of one peer are answered in their order, and what is none is a failure', async () => {
  using folder = temporaryFolder()
  await using _ = await openControl(folder.path, COMMANDS, noWarning)
  const echo = (text: string) => `${JSON.stringify({ command: 'echo', text })}\n`
  const sent = `${echo('one')}nonsense\n[]\n${echo('two')}`
  const answers = (await exchange(controlPath(folder.path), sent, true)).split('\n')
  const none = '{"failure":{"code":"usage","message":"a request is a JSON object with a command"}}'
  expect(answers).toEqual(['{"answer":"one"}', none, none, '{"answer":"two"}', ''])
})

test('long answers to a peer that asks again and again leave no listeners behind', async () => {
  using folder = temporaryFolder()
  await using _ = await openControl(folder.path, { long: () => 'x'.repeat(1 << 20) }, noWarning)
  const warnings: Error[] = []
  const keep = (warning: Error) => warnings.push(warning)
  process.on('warning', keep)
  const answers = (await exchange(controlPath(folder.path), '{"command":"long"}\n'.repeat(20), true)).split('\n')
  process.off('warning', keep)
  expect(answers.map(({ length }) => length)).toEqual([...Array(20).fill((1 << 20) + '{"answer":""}'.length), 0])
  expect(warnings).toEqual([])
})

test('a request that is too long ends the connection, and others are answered', async () => {
  using folder = temporaryFolder()
  await using _ = await openControl(folder.path, COMMANDS, noWarning)
  expect(await exchange(controlPath(folder.path), 'x'.repeat(65 << 10), false)).toBe('')
  expect(await ask(folder.path, 'status')).toEqual({ answer: { lines: 3 } })
})

// Promise socket-mode: Only the user whose process runs the pipeline may ask it.
test('only the user may ask; what a killed process has left is replaced', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'control.sock')
  writeFileSync(path, 'left')
  {
    await using _ = await openControl(folder.path, COMMANDS, noWarning)
    expect(statSync(path).isSocket()).toBe(true)
    expect(statSync(path).mode & 0o777).toBe(0o600)
  }
  expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined()
})

test('where the path of the folder is too long, the socket is elsewhere, and goes with the process', async () => {
  using folder = temporaryFolder()
  const long = join(folder.path, 'a'.repeat(60), 'b'.repeat(60))
  await mkdir(long, { recursive: true })
  let elsewhere: string
  {
    await using _ = await openControl(long, COMMANDS, noWarning)
    elsewhere = controlPath(long)
    expect(elsewhere.startsWith(long)).toBe(false)
    expect(statSync(dirname(elsewhere)).mode & 0o777).toBe(0o700)
    expect(statSync(elsewhere).mode & 0o777).toBe(0o600)
    expect(await ask(long, 'status')).toEqual({ answer: { lines: 3 } })
  }
  expect(controlPath(long)).toBe(join(long, 'control.sock'))
  expect(statSync(dirname(elsewhere), { throwIfNoEntry: false })).toBeUndefined()
  // A process that was killed leaves the file behind.
  writeFileSync(join(long, 'control.at'), `${elsewhere}\n`)
  expect(await ask(long, 'status')).toBeUndefined()
  await using _ = await openControl(long, COMMANDS, noWarning)
  expect(await ask(long, 'status')).toEqual({ answer: { lines: 3 } })
})
