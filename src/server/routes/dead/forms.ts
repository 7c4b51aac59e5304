/** The forms of dead letters in requests and answers. */
import * as z from 'zod'
import { DEAD_LETTER_KINDS } from '../../../topic/letter.ts'
import type { DeadGroups, DeadTopic, LettersPage, SentChosen, ShownGroup, ShownLetter } from '../../api/dead.ts'
import { shownBytesForm } from '../topics/forms.ts'

const count = z.int().min(0)
const text = z.string().nullable()
const time = z.string().describe('ISO 8601')
const place = z.strictObject({ partition: count, offset: z.int().describe('-1: of no single record') })
const lateMs = z.strictObject({ least: z.number(), greatest: z.number() }).nullable()
const windows = z
  .strictObject({ from: z.string(), to: z.string() })
  .nullable()
  .describe('the windows that late rows missed, in the time zone of the pipeline')
const excerpt = {
  record: shownBytesForm.nullable().describe('a part of the record; null where only its place is kept'),
  byte: count.nullable().describe('the byte of the whole record at which it stopped being one'),
}
const repair = text.describe('the command that puts late rows into the rows of their query')

const shownGroup: z.ZodType<ShownGroup> = z.strictObject({
  id: z.string().describe('what letters and send-again take as group'),
  kind: z.string(),
  reason: z.string().describe('N stands for numbers in which the reasons differ'),
  query: text,
  sink: text,
  count: count.describe('records or rows'),
  sentAgain: count,
  canSend: z.boolean().describe('whether its records can be sent again: they were no rows'),
  firstAt: time,
  lastAt: time,
  first: place,
  last: place,
  lateMs,
  windows,
  repair,
  ...excerpt,
})

const shownLetter: z.ZodType<ShownLetter> = z.strictObject({
  partition: count,
  offset: count.describe('its own place in the topic of dead letters'),
  at: time,
  kind: z.string(),
  reason: z.string(),
  query: text,
  sink: text,
  rule: text,
  of: place.nullable().describe('the record that it is of, the first where it is of many'),
  rows: count,
  lateMs,
  watermark: text,
  windows,
  wasSent: z.boolean(),
  repair,
  ...excerpt,
})

export const deadTopic: z.ZodType<DeadTopic> = z.strictObject({
  topic: z.string(),
  kept: count,
  run: z.record(z.string(), count).nullable().describe('letters of this run, by kind'),
})

export const deadGroups: z.ZodType<DeadGroups> = z.strictObject({
  items: z.array(shownGroup),
  next: text,
  kept: count,
  looked: count.describe('letters that were looked at so far; the next answer has more'),
})

export const lettersPage: z.ZodType<LettersPage> = z.strictObject({
  items: z.array(shownLetter),
  next: text,
  looked: count,
})

export const sentChosen: z.ZodType<SentChosen> = z.strictObject({
  sent: count,
  earlier: count.describe('they were sent before'),
  gone: count.describe('their records are not kept any more'),
  used: count.describe('late, or failed in a query: their records are in the topic'),
  refused: count.describe('refused by a sink'),
  late: z.array(z.strictObject({ query: z.string(), windows: z.strictObject({ from: z.string(), to: z.string() }) })),
})

const chosen: z.ZodOptional<z.ZodString> = z.string().min(1).max(4096).optional()

/** Which letters are meant. What is not given does not matter. */
export const letterChoice: {
  kind: z.ZodOptional<z.ZodType<(typeof DEAD_LETTER_KINDS)[number]>>
  query: typeof chosen
  sink: typeof chosen
  group: typeof chosen
  reason: typeof chosen
} = {
  kind: z.enum(DEAD_LETTER_KINDS).optional(),
  query: chosen,
  sink: chosen,
  group: chosen,
  reason: chosen,
}
