/**
 * Runs a command for each notification: a list of words, each a template, handed over as they are. There is no shell, so no
 * value can become a command. The notification is on its standard input as JSON. The command has a limited time, and of what
 * it prints only the end is kept, for the message where it fails.
 */
import { spawn } from 'node:child_process'
import * as z from 'zod'
import { Failure } from '../base/failure.ts'
import { eitherForm } from '../base/options.ts'
import type { Duration } from '../base/quantity.ts'
import { timeoutOption } from '../base/unit-options.ts'
import { durationText } from '../base/units.ts'
import { fillTemplate } from '../template/fill.ts'
import { parseTemplate } from '../template/template.ts'
import { plainBody } from './body.ts'
import { defineNotifier, type Notification, type NotifierType } from './notifier.ts'
import { mistakesInTexts, valuesOf } from './values.ts'

/** Most bytes of one word: the system takes about 128 KiB. */
const LONGEST_WORD = 32 << 10
/** Bytes of what a command printed last that are kept. */
const KEPT_OUTPUT = 2 << 10
/** What a command needs to be found and to work; the rest of the environment, where secrets may be, is not handed on. */
const ENVIRONMENT = ['PATH', 'HOME', 'USER', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'DISPLAY', 'DBUS_SESSION_BUS_ADDRESS']

type Options = { readonly run: readonly string[]; readonly timeout: Duration }

export const command: NotifierType = defineNotifier<Options>({
  name: 'command',
  summary: 'Runs a command, given as a list of words: `command: [notify-send, "{{ title }}", "{{ text }}"]`.',
  options: eitherForm(
    z.strictObject({
      run: z.array(z.string()).min(1).max(100),
      timeout: timeoutOption('30s'),
    }),
    (value) => (Array.isArray(value) ? { run: value } : value),
    { type: 'array', items: { type: 'string' } },
  ),
  check: ({ run }, columns) =>
    mistakesInTexts(
      run.map((word, index) => [['run', index], word]),
      columns,
    ),
  async open({ run, timeout }, { folder, of }) {
    const words = run.map((word) => parseTemplate(word))
    return {
      async tell(notification, giveUp) {
        const jsonOf = valuesOf(notification)
        const [program = '', ...rest] = words.map((word) => {
          const filled = fillTemplate(word, jsonOf, { most: LONGEST_WORD })?.replaceAll('\0', '')
          return filled ?? `${word.text} (longer than ${LONGEST_WORD} characters)`
        })
        await ended({ program, words: rest, folder, of, timeout, notification, giveUp })
      },
      async close() {},
    }
  },
})

type Run = {
  readonly program: string
  readonly words: readonly string[]
  readonly folder: string
  readonly of: string
  readonly timeout: Duration
  readonly notification: Notification
  readonly giveUp: AbortSignal | undefined
}

/** Resolves when the command has ended well. Rejects with a Failure where it has not, or took too long. */
function ended({ program, words, folder, of, timeout, notification, giveUp }: Run): Promise<void> {
  const environment = Object.fromEntries(
    ENVIRONMENT.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  )
  return new Promise((resolve, reject) => {
    // A group of its own, so that what it starts ends with it.
    const child = spawn(program, words, { cwd: folder, env: environment, detached: true, stdio: 'pipe' })
    let last = Buffer.alloc(0)
    let why: string | undefined
    const end = (reason: string) => {
      why ??= reason
      if (child.pid === undefined) return
      try {
        process.kill(-child.pid, 'SIGKILL')
      } catch {
        // It has ended by itself.
      }
    }
    const timer = setTimeout(() => end(`it took longer than ${durationText(timeout)}`), timeout)
    const stop = () => end('the pipeline stops')
    giveUp?.addEventListener('abort', stop, { once: true })
    const keep = (bytes: Buffer) => {
      last = Buffer.concat([last, bytes]).subarray(-KEPT_OUTPUT)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    const done = (problem: string | undefined, cause?: Error) => {
      clearTimeout(timer)
      giveUp?.removeEventListener('abort', stop)
      // Nothing more is read of what it has left running.
      child.stdout.destroy()
      child.stderr.destroy()
      if (problem === undefined) return resolve()
      const said = last.toString().trim()
      const hint = said === '' ? undefined : `It said: ${said}`
      reject(new Failure('io', `the command ${program} of ${of}: ${problem}`, { hint, cause, retryable: true }))
    }
    child.on('error', (error) => done(`it cannot be started: ${error.message}`, error))
    child.on('exit', (code, signal) =>
      done(why ?? (code === 0 ? undefined : signal === null ? `it ended with ${code}` : `it was ended by ${signal}`)),
    )
    // It need not read.
    child.stdin.on('error', () => undefined)
    child.stdin.end(plainBody(notification))
  })
}
