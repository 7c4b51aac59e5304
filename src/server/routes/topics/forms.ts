/** The forms of topics, groups and records in answers. */
import * as z from 'zod'
import { groupStatus, topicStatus } from '../../../run/status/schema.ts'
import type { BusView, RecordsEvent, RecordsPage, ShownBytes, ShownRecord, TopicDetail } from '../../api/topics.ts'

const count = z.int().min(0)

export const shownBytesForm: z.ZodType<ShownBytes> = z.strictObject({
  text: z.string(),
  encoding: z.enum(['utf8', 'base64']).describe('of text'),
  start: count.describe('the byte of the whole that text begins with'),
  bytes: count.describe('of the whole'),
})

const noRow = z.strictObject({
  kind: z.enum(['format', 'future', 'rule', 'unknown']),
  reason: z.string(),
  byte: count.nullable().describe('where it stopped being a row'),
})

const shownRecord: z.ZodType<ShownRecord> = z.strictObject({
  partition: count,
  offset: count,
  timestamp: z.string().describe('ISO 8601'),
  timestampType: z.enum(['append', 'create']).describe('append: when it arrived; create: as its producer says'),
  key: shownBytesForm.nullable(),
  value: shownBytesForm.nullable().describe('null: it deletes the row of the key'),
  headers: z.array(z.strictObject({ name: z.string(), value: shownBytesForm.nullable() })),
  row: z
    .record(z.string(), z.unknown())
    .nullable()
    .describe('as the sink ndjson writes it; a number that a double cannot hold is a text'),
  noRow: noRow.nullable().describe('why it is no row; null where it is one, or the topic has no columns'),
})

export const recordsPage: z.ZodType<RecordsPage> = z.strictObject({
  items: z.array(shownRecord),
  next: z.string().nullable(),
  looked: count.describe('records that were looked at for it'),
  end: z.string().describe('where the partitions ended when it was read; records/events takes it as after'),
})

export const recordsEvent: z.ZodType<RecordsEvent> = z.strictObject({
  items: z.array(shownRecord).describe('the newest is the last'),
  passedOver: count.describe('records that came and are not shown, as there were too many'),
})

export const topicDetail: z.ZodType<TopicDetail> = z.strictObject({
  topic: topicStatus,
  format: z.string().nullable().describe('null where it has no columns: topics of dead letters and ticks'),
  columns: z.array(z.strictObject({ name: z.string(), type: z.string(), isEventTime: z.boolean() })),
  groups: z.array(groupStatus).describe('those that read it'),
})

export const busView: z.ZodType<BusView> = z.strictObject({
  type: z.string(),
  cluster: z.string().nullable(),
  brokers: z.array(
    z.strictObject({
      id: z.int(),
      address: z.string().nullable().describe('null: it has copies, and the cluster does not have it at present'),
      isController: z.boolean(),
      leads: count.describe("partitions of the pipeline's topics"),
      copies: count,
      behind: count.describe('copies that are not in sync'),
    }),
  ),
  trouble: z.array(z.string()).describe('what it cannot do at the moment'),
})
