import { expect, test } from 'vitest'
import { Failure } from '../base/failure.ts'
import type { CheckedPipeline } from '../pipeline/checked.ts'
import type { ControlCommands } from './control/socket.ts'
import { maskedOptions, openMasks } from './masks.ts'
import type { ControlOptions, RunOptions } from './run-options.ts'
import type { ServedOptions } from './served/served-options.ts'
import type { ServedRun } from './served/served-run.ts'
import { reportEnd } from './status/report-end.ts'

const hiding = (secret: string) =>
  ({ mask: (text: string) => text.replaceAll(secret, `\${${secret.toUpperCase()}}`) }) as CheckedPipeline
const [one, two, three] = [hiding('one'), hiding('two'), hiding('three')] as const
const TEXT = 'one two three'

test('from the beginning of a reload on, the values of both pipelines are hidden, whether it fails or not', async () => {
  const masks = openMasks(one)
  expect(masks.mask(TEXT)).toBe('${ONE} two three')
  const failing = masks.reloading(
    () => two,
    async (load) => {
      await load()
      expect(masks.mask(TEXT)).toBe('${ONE} ${TWO} three')
      throw new Failure('io', TEXT, { hint: TEXT })
    },
  )
  await expect(failing).rejects.toMatchObject({ message: '${ONE} ${TWO} three', hint: '${ONE} ${TWO} three' })
  // One that comes while another is at work does not uncover the values of that.
  await masks.reloading(
    () => two,
    async (load) => {
      await load()
      await masks.reloading(
        () => three,
        async (another) => {
          await another()
          expect(masks.mask(TEXT)).toBe('${ONE} ${TWO} ${THREE}')
        },
      )
    },
  )
  expect(masks.mask(TEXT)).toBe('${ONE} ${TWO} ${THREE}')
})

test('a Failure of a command is reworded, and a bug stays what it is', async () => {
  const { inFailures } = openMasks(one)
  const failing = inFailures(() => {
    throw new Failure('usage', 'one', { also: [new Failure('io', 'one more')] })
  })
  await expect(failing).rejects.toMatchObject({ message: '${ONE}', also: [{ message: '${ONE} more' }] })
  await expect(inFailures(() => Promise.reject(new TypeError('one')))).rejects.toThrow(new TypeError('one'))
})

// Promise: A process that runs a pipeline answers no other command with a value from the environment in an error.
test('the failures of all control commands are masked, and the outcome of a report in a status', async () => {
  const masks = openMasks(one)
  let opened: ControlCommands = {}
  const control: ControlOptions = {
    version: '1',
    async open(_, commands) {
      opened = commands
      return { async [Symbol.asyncDispose]() {} }
    },
  }
  const options = { control, warn() {}, started() {} } as Partial<RunOptions> as RunOptions
  const refuse = () => Promise.reject(new Failure('io', 'no one', { hint: 'one' }))
  await maskedOptions(options, masks).control?.open('/d', { report: refuse, backfill: refuse }, () => {})
  for (const command of ['report', 'backfill']) {
    await expect(opened[command]?.({ command })).rejects.toMatchObject({ message: 'no ${ONE}', hint: '${ONE}' })
  }
  expect(reportEnd({ due: 0, endedAt: 0, failure: 'no one' }, masks.mask)?.failure).toBe('no ${ONE}')
})

test('what the server is given hides the values, too: its texts, its commands, and what the bus tells', async () => {
  let served: ServedRun | undefined
  const serve = async (run: ServedRun) => {
    served = run
    return { async [Symbol.asyncDispose]() {} }
  }
  const fails = () => Promise.reject(new Failure('io', TEXT, { hint: TEXT }))
  await using _ = await maskedOptions({ serve } as unknown as ServedOptions, openMasks(one)).serve?.({
    mask: (text: string) => text,
    commands: { report: fails },
    look: fails,
  } as unknown as ServedRun)
  const hidden = { message: '${ONE} two three', hint: '${ONE} two three' }
  expect(served?.mask(TEXT)).toBe('${ONE} two three')
  await expect(served?.commands.report?.({ command: 'report' })).rejects.toMatchObject(hidden)
  await expect(served?.look()).rejects.toMatchObject(hidden)
})
