/** Reads lines from standard input until it ends. They cannot be read again, so its place only counts them. */
import { addAbortListener } from 'node:events'
import type { Readable } from 'node:stream'
import * as z from 'zod'
import { byteSize } from '../base/unit-options.ts'
import { LineCutter } from '../record/line-cutter.ts'
import { defineSource, longestLine, type Source, type SourceContext, type SourceType, skipsHeader } from './source.ts'
import { readStreamLines } from './stream-lines.ts'

type Options = { readonly max_line: number }

/** The source that reads `stream()`, an argument for tests. It is called only when the source is opened. */
export function stdinFrom(stream: () => Readable): SourceType {
  return defineSource<Options>({
    name: 'stdin',
    summary: 'Reads lines from standard input until it ends.',
    replayable: false,
    options: z.strictObject({ max_line: byteSize.prefault('1MiB') }),
    open: async (options, context) => openStream(stream(), options, context),
  })
}

export const stdin: SourceType = stdinFrom(() => process.stdin)

function openStream(stream: Readable, options: Options, context: SourceContext): Source {
  const { signal } = context
  const { bytes, tooLong } = longestLine(options.max_line, context)
  const leaveOut = (position: number) => {
    context.warn(`the line at byte ${position} of standard input is left out: it is ${tooLong}`)
  }
  const cutter = new LineCutter(bytes, leaveOut, 0, skipsHeader(context))
  let isDelivering = false
  let line = typeof context.place?.line === 'number' ? context.place.line : 0
  return {
    describe: 'standard input',
    async run(deliver) {
      if (signal.aborted) return
      using _ = addAbortListener(signal, () => stream.destroy())
      try {
        await readStreamLines(stream, cutter, signal, async (lines) => {
          line += lines.count
          isDelivering = true
          await deliver(lines, { line })
          isDelivering = false
        })
      } catch (error) {
        // A stream that is destroyed while it is read ends with an error of its own.
        if (!signal.aborted) throw error
      }
      if (cutter.kept > 0) {
        context.warn(`${cutter.kept} bytes of a line that had not ended are left out`)
      }
    },
    atRest: () => !isDelivering && stream.readableLength === 0,
    async [Symbol.asyncDispose]() {},
  }
}
