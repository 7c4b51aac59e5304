/** Says alerts on the terminal: a line for each notification, and one below it for each key. */
import { once } from 'node:events'
import * as z from 'zod'
import { harmlessOn } from '../terminal/text.ts'
import { defineNotifier, type NotifierType } from './notifier.ts'

export const consoleNotifier: NotifierType = defineNotifier<object>({
  name: 'console',
  summary: 'Says alerts on the terminal.',
  options: z.strictObject({}),
  async open(_, { output }) {
    const { stream } = output
    return {
      async tell({ title, text, keys }) {
        const rest = keys.length === 0 ? '' : text.split('\n').map((line) => `  ${line}\n`).join('')
        if (output.isClosed) return
        if (!stream.write(harmlessOn(stream, Buffer.from(`${title}\n${rest}`)))) await once(stream, 'drain')
      },
      async close() {},
    }
  },
})
