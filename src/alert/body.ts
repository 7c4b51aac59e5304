/**
 * Notifications as JSON, in the shapes that others read:
 *
 *   tailrace       our own: everything that is known
 *   slack          an incoming webhook of Slack, Mattermost or Rocket.Chat: texts with a coloured edge
 *   alertmanager   POST /api/v2/alerts of Prometheus Alertmanager: one alert for each key, told apart by its labels
 */
import { DAY_MS } from '../base/calendar.ts'
import type { Notification, NotifiedKey } from './notifier.ts'

export const SHAPES = ['tailrace', 'slack', 'alertmanager'] as const
export type BodyShape = (typeof SHAPES)[number]

/** The notification as JSON. */
export function bodyOf(shape: BodyShape, notification: Notification): string {
  switch (shape) {
    case 'tailrace':
      return plainBody(notification)
    case 'slack':
      return slackBody(notification)
    case 'alertmanager':
      return alertmanagerBody(notification)
  }
}

/** Our own shape. */
export function plainBody({ id, pipeline, alert, state, severity, title, text, count, keys }: Notification): string {
  return JSON.stringify({ id, pipeline, alert, state, severity, title, text, count, keys })
}

const COLOURS = { info: '#2f81f7', warning: '#d29922', critical: '#d1242f', resolved: '#2da44e' } as const

/** Slack's `&`, `<` and `>` are its own. */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

function slackBody({ title, text, state, severity }: Notification): string {
  const color = COLOURS[state === 'resolved' ? 'resolved' : severity]
  return JSON.stringify({
    text: escaped(title),
    attachments: [{ color, fallback: escaped(title), text: escaped(text) }],
  })
}

/** Alertmanager resolves an alert by itself after some minutes, unless it says itself until when it goes on. */
const FIRING_FOR_MS = 365 * DAY_MS

function alertmanagerBody({ pipeline, alert, severity, state, keys }: Notification): string {
  const own = { alertname: alert, pipeline, severity }
  const labels = ({ key }: NotifiedKey) => ({ ...labelsOf(key, Object.keys(own)), ...own })
  const list = keys.map((one) => ({
    labels: labels(one),
    annotations: { summary: one.message, id: one.id },
    startsAt: one.since,
    endsAt: state === 'resolved' ? one.at : new Date(Date.parse(one.at) + FIRING_FOR_MS).toISOString(),
  }))
  return JSON.stringify(list)
}

/** A column that is called as one of our own labels must not take its place: people are called by that. It is `severity0`. */
function labelsOf(key: NotifiedKey['key'], own: readonly string[]): { readonly [label: string]: string } {
  const labels = new Map<string, string>()
  for (const [column, value] of Object.entries(key)) {
    const name = labelName(column)
    let free = name
    for (let attempt = 0; own.includes(free) || labels.has(free); attempt++) free = `${name}${attempt}`
    labels.set(free, typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? ''))
  }
  return Object.fromEntries(labels)
}

/** The name of a label has letters, digits and underscores. */
const labelName = (column: string): string => column.replaceAll(/[^A-Za-z0-9_]/g, '_').replace(/^(?=\d)/, '_')
