/** The schema of the tests of a pipeline file. */
import * as z from 'zod'
import { eitherForm, lazily } from '../../base/options.ts'
import { duration } from '../../base/unit-options.ts'
import { isGroup } from './yaml-tree.ts'

export const test: z.ZodType = lazily(() => {
  const lines = z.union([z.string(), z.array(z.union([z.string(), z.record(z.string(), z.unknown())]))])

  /** Lines alone are short for `{ lines: … }`. */
  const sent = eitherForm(
    z.strictObject({
      lines: lines.optional().describe('Lines as a text, or as a list; a group of keys in the list is a line of JSON.'),
      record: z.string().optional().describe('One record, also where it has several lines.'),
      file: z.string().optional().describe('A file with lines, from the folder of the pipeline file on.'),
      whole: z.boolean().optional().describe('The file is one record.'),
      partition: z.int().min(0).optional(),
      key: z.string().optional().describe('The key of the records; they go to partition 0 unless one is given.'),
      path: z.string().optional().describe('What METADATA FROM file.path says of the records.'),
    }),
    (value) => (isGroup(value) || value === undefined ? value : { lines: value }),
    { type: ['string', 'array'] },
  )

  const step = z
    .strictObject({
      at: z.string().optional().describe('The clock goes on to this time.'),
      wait: duration.optional().describe('The clock goes on for this time.'),
      send: z.record(z.string(), sent).optional().describe('Lines for topics: { TOPIC: lines }.'),
      report: z.string().optional().describe('A report is run over the span that ends now.'),
    })
    .refine((given) => Object.values(given).some((one) => one !== undefined), 'needs one of at, wait, send, report')

  const rows = z.union([z.string(), z.array(z.record(z.string(), z.unknown())), z.null()])

  /** Rows alone are short for `{ rows: … }`. */
  const expectedRows = eitherForm(
    z.strictObject({ rows, unordered: z.boolean().prefault(false) }),
    (value) => (isGroup(value) ? value : { rows: value ?? null }),
    { type: ['string', 'array', 'null'] },
  )

  const count = z.int().min(0)

  const expectations = z
    .object({
      late: z.record(z.string(), count).optional().describe('How many rows were late, by query.'),
      dead: z
        .record(z.string(), z.union([count, expectedRows]))
        .optional()
        .describe('Dead letters by topic: how many, or which.'),
      alerts: z.record(z.string(), expectedRows).optional().describe('What alerts have said.'),
    })
    .catchall(expectedRows)

  return z.strictObject({
    set: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .prefault({})
      .describe('Values of parameters, as with --set.'),
    env: z
      .record(z.string(), z.string())
      .prefault({})
      .describe('Values of ${VAR}; the environment itself is not read.'),
    now: z.string().prefault('2026-01-01T00:00:00Z').describe('What the clock says at the beginning.'),
    steps: z.array(step).prefault([]),
    end: z.boolean().prefault(true).describe('Whether the input ends after the steps, which closes all windows.'),
    expect: expectations.prefault({}),
  })
})
