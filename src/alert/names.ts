/** What the sinks are called that tell people: `alert:NAME:LABEL`. No sink of a file can have a colon in its name. */

/** The name of the sink that a notifier is; `label` tells several of an alert apart. */
export const tellerName = (alert: string, label: string): string => `alert:${alert}:${label}`

/** What people call a sink: `sink archive`, `alert high, webhook`. */
export function sinkWords(name: string): string {
  const [kind, alert, label] = name.split(':')
  return kind === 'alert' && label !== undefined ? `alert ${alert}, ${label}` : `sink ${name}`
}
