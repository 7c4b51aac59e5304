/**
 * Lines that nginx or Apache writes by a format of the user's own: the `log_format` or `LogFormat` as it stands in the server's
 * configuration is the whole declaration. Its variables are the columns.
 */
import { defineFormat, type Format, type OpenFormat } from '../format.ts'
import { parsedDecoder } from '../scan/parsed-blocks.ts'
import { apacheParts } from './apache.ts'
import { openLineKernel } from './kernel.ts'
import { nginxParts } from './nginx.ts'
import { type Escape, readPasted } from './pasted.ts'
import { StepReader } from './reader.ts'
import { shapeOf } from './step.ts'
import { unescapeValue } from './unescape.ts'

type Options = {
  readonly text: string
  /** That of nginx, where only the text of the format was pasted. */
  readonly escape?: 'default' | 'json' | 'none' | undefined
}

export const logFormat: Format = defineFormat<Options>({
  name: 'log_format',
  summary: 'A log_format of nginx or a LogFormat of Apache, pasted as it stands.',
  main: { option: 'text', isRequired: true },
  options: ({ z }) => ({
    text: z.string().min(1),
    escape: z.enum(['default', 'json', 'none']).optional(),
  }),
  open: ({ text, escape: escaping }) => openLogFormat(text, escaping),
  // Without its text there is nothing to try.
  fit: () => 0,
})

function openLogFormat(text: string, escaping: Escape | undefined): OpenFormat {
  const pasted = readPasted(text, escaping)
  const parts = pasted.server === 'nginx' ? nginxParts(text, pasted) : apacheParts(text, pasted)
  const shape = shapeOf(text, pasted, parts)
  return {
    fields: shape.columns.map(({ field }) => field),
    rowtime: shape.rowtime,
    skipsFirstLine: false,
    decoder: (wanted) =>
      parsedDecoder(shape.columns, wanted, (columns, scratch) => ({
        reader: new StepReader(shape, columns, scratch),
        open: (room) => openLineKernel(shape, columns, room),
        plainText: unescapeValue,
      })),
  }
}
