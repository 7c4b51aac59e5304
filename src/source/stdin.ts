/** Reads lines from standard input until it ends. They cannot be read again, so its place only counts them. */
import { addAbortListener } from 'node:events'
import type { Readable } from 'node:stream'
import * as z from 'zod'
import { Failure } from '../base/failure.ts'
import { byteSize } from '../base/unit-options.ts'
import type { ReadAgain } from '../bytes/refusal.ts'
import { textOf } from '../bytes/text.ts'
import { type Fault, faultText } from '../bytes/unpack.ts'
import type { Records } from '../record/column.ts'
import { LineCutter } from '../record/line-cutter.ts'
import { holeText } from '../record/nuls.ts'
import type { OtherNames } from '../record/spans.ts'
import { namesFailure } from './other-names.ts'
import { defineSource, longestLine, type Source, type SourceContext, type SourceType } from './source.ts'
import { readStreamLines } from './stream-lines.ts'

const NAME = 'standard input'
const again: ReadAgain = (_, filter) => filter && `… | ${filter} | tailrace run …`

type Options = { readonly max_line: number }

/** The source that reads `stream()`, an argument for tests. It is called only when the source is opened. */
export function stdinFrom(stream: () => Readable): SourceType {
  return defineSource<Options>({
    name: 'stdin',
    summary: 'Reads lines from standard input until it ends.',
    oneHost: () => 'reads the standard input of one process',
    replayable: false,
    options: z.strictObject({ max_line: byteSize.prefault('1MiB') }),
    open: async (options, context) => openStream(stream(), options, context),
  })
}

export const stdin: SourceType = stdinFrom(() => process.stdin)

function openStream(stream: Readable, options: Options, context: SourceContext): Source {
  const { signal } = context
  const { bytes, tooLong } = longestLine(options.max_line, context)
  const leftOut = {
    tooLong: (position: number) =>
      context.warn(`the line at byte ${position} of ${NAME} is left out: it is ${tooLong}`),
    hole: (position: number, nuls: number) => context.warn(holeText(NAME, position, nuls)),
    names: (names: OtherNames) => {
      throw namesFailure(NAME, names)
    },
  }
  const cutter = new LineCutter(bytes, leftOut, 0, context.form)
  const waits = () => context.form?.waitMs !== undefined && cutter.holdsLines
  let isDelivering = false
  let line = typeof context.place?.line === 'number' ? context.place.line : 0
  return {
    describe: NAME,
    async run(deliver) {
      if (signal.aborted) return
      using _ = addAbortListener(signal, () => stream.destroy())
      const take = async (lines: Records) => {
        line += lines.count
        isDelivering = true
        await deliver(lines, { line })
        isDelivering = false
      }
      try {
        let isDamaged = false
        const fault = (found: Fault) => {
          isDamaged = found.kind !== 'rest'
          const message = faultText(NAME, found)
          context.warn(message)
          if (isDamaged) context.missed?.(new Failure('corrupt', message))
        }
        const waiting = { signal, clock: context.clock, waitMs: context.form?.waitMs }
        const hasEnded = await readStreamLines(textOf(stream, { name: NAME, fault, again }), cutter, waiting, take)
        const last = hasEnded && !isDamaged ? cutter.lines(cutter.rest()) : undefined
        if (last !== undefined && last.count > 0) await take(last)
      } catch (error) {
        // A stream that is destroyed while it is read ends with an error of its own.
        if (!signal.aborted) throw error
      }
      const open = cutter.lines(cutter.wholeRest())
      if (open.count > 0) await take(open)
      if (cutter.kept > 0) {
        context.warn(`${cutter.kept} bytes of a line that had not ended are left out`)
      }
    },
    atRest: () => !isDelivering && stream.readableLength === 0 && !waits(),
    async [Symbol.asyncDispose]() {},
  }
}
