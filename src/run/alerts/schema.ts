/** The JSON Schemas of how alerts stand, and of what has happened in them. */
import * as z from 'zod'
import type { AlertDetail, AlertsView, AlertView, Happened, SilenceView } from './standing.ts'

const count = z.int().min(0)
const time = z.string().describe('ISO 8601')
const milliseconds = z.number().nullable()
const values = z.record(z.string(), z.unknown()).readonly()

const told = z
  .array(
    z.strictObject({
      notifier: z.string(),
      how: z.enum(['told', 'old', 'silenced', 'waiting', 'new']),
      at: time.nullable(),
    }),
  )
  .readonly()

const key = z.strictObject({
  state: z.enum(['firing', 'pending', 'resolved']),
  id: z.string().nullable(),
  key: values,
  since: time,
  at: time.nullable().describe('when it fired, or was resolved'),
  row: values.describe('the other columns of its last row'),
  told,
  silencedUntil: time.nullable(),
})

const rule = z.strictObject({
  when: z.string().nullable(),
  clear: z.string().nullable(),
  minCount: z.string().nullable(),
  forMs: milliseconds,
  quietMs: milliseconds,
  absentMs: milliseconds,
  remindMs: milliseconds,
})

const alertMembers = {
  name: z.string(),
  severity: z.string(),
  from: z.string().nullable().describe('the query that it watches; null: it is about sources'),
  key: z.array(z.string()).readonly(),
  rule,
  reached: time.nullable().describe('the event time that it has come to'),
  notifiers: z.array(z.strictObject({ name: z.string(), trouble: z.string().nullable() })).readonly(),
  firing: count,
  pending: count,
  keys: z.array(key).readonly(),
}

export const alertView: z.ZodType<AlertView> = z.strictObject(alertMembers)

export const alertDetail: z.ZodType<AlertDetail> = z.strictObject({
  ...alertMembers,
  sql: z.string().nullable(),
  topic: z.string().describe('has its history'),
})

export const silenceView: z.ZodType<SilenceView> = z.strictObject({
  id: z.string(),
  alert: z.string(),
  key: z.record(z.string(), z.string()).readonly(),
  until: time,
  reason: z.string().nullable(),
})

export const alertsView: z.ZodType<AlertsView> = z.strictObject({
  at: time,
  isRunning: z.boolean(),
  timezone: z.string(),
  alerts: z.array(alertView).readonly(),
  silences: z.array(silenceView).readonly(),
})

export const happened: z.ZodType<Happened> = z.strictObject({
  state: z.enum(['firing', 'reminder', 'resolved']),
  id: z.string().describe('rows of one firing have the same'),
  severity: z.string(),
  message: z.string(),
  key: values,
  row: values,
  since: time,
  at: time.describe('when this happened, in event time'),
  told,
})
