/** Says alerts on the terminal: a line for each notification, and one below it for each key. */
import { once } from 'node:events'
import * as z from 'zod'
import { harmlessOn, printableLines } from '../terminal/text.ts'
import { defineNotifier, type NotifierType } from './notifier.ts'

export const consoleNotifier: NotifierType = defineNotifier<object>({
  name: 'console',
  summary: 'Says alerts on the terminal.',
  options: z.strictObject({}),
  async open(_, { output }) {
    const { stream } = output
    return {
      async tell({ title, text }) {
        if (output.isClosed) return
        const lines = text.split('\n').map((line) => `  ${line}\n`)
        const said = `${title}\n${lines.join('')}`
        if (output.screen !== undefined) output.screen.above(printableLines(said))
        else if (!stream.write(harmlessOn(stream, said))) await once(stream, 'drain')
      },
      async close() {},
    }
  },
})
