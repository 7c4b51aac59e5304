/** The schema of alerts, and of the notifiers that tell people of them. */
import * as z from 'zod'
import { notifiers } from '../../alert/all.ts'
import { eitherForm, lazily, sqlOption } from '../../base/options.ts'
import { duration, durationOrNever } from '../../base/unit-options.ts'
import { described, kindsIn, oneOf } from './kind-schema.ts'
import { resultRetention } from './space-schema.ts'

export const alert: z.ZodType = lazily(() => {
  /** `TRUE` is a boolean in YAML. */
  const sql = eitherForm(
    sqlOption(z.string().min(1)),
    (value) => (typeof value === 'boolean' ? String(value).toUpperCase() : value),
    { type: 'boolean' },
  )
  const longer = (what: string) => duration.refine((time) => time > 0, `${what} must be longer than nothing`)
  const textOrTexts = (texts: z.ZodType) =>
    eitherForm(texts, (value) => (typeof value === 'string' ? [value] : value), { type: 'string' })

  /** `console` is short for `console: {}`. */
  const notifier = eitherForm(
    oneOf('notifier', kindsIn(notifiers, described), {}),
    (value) => (typeof value === 'string' ? { [value]: {} } : value),
    { enum: [...notifiers.names] },
  )

  return z.strictObject({
    from: z.string().optional().describe('The query whose rows are watched.'),
    when: sql.optional().describe('Whether a row is in trouble: SQL over its columns.'),
    clear: sql.optional().describe('Whether a row is out of trouble again; NOT (when) unless given.'),
    min_count: sql
      .optional()
      .describe('Whether a row has enough to judge by: `requests >= 100`. One that has not says nothing.'),
    for: duration.optional().describe('It fires once `when` was true for this time.'),
    quiet: durationOrNever
      .refine((time) => time > 0, 'quiet must be longer than nothing')
      .optional()
      .describe('A key without rows for this time is in no trouble any more.'),
    absent: longer('absent').optional().describe('Instead of `when`: it fires once a key had no row for this time.'),
    key: textOrTexts(z.array(z.string())).optional().describe('The columns that tell alerts apart.'),
    severity: z.enum(['info', 'warning', 'critical']).prefault('warning'),
    message: z.string().min(1).optional().describe('`{{ country }}: {{ error_rate }} of the payments fail`'),
    remind: longer('remind').optional().describe('While it fires, it is said again after each of these times.'),
    max_age: durationOrNever
      .prefault('1h')
      .describe('A trouble that was older than this when it was found is not told.'),
    limit: z.int().min(1).max(1_000_000).prefault(10_000).describe('The most keys at once.'),
    retention: resultRetention,
    notify: eitherForm(
      z.array(notifier).max(20),
      (value) => (value === undefined || Array.isArray(value) ? value : [value]),
      { type: ['string', 'object'] },
    ).prefault([]),
  })
})
