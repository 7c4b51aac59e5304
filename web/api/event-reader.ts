/** Cuts the text of a stream of server-sent events (HTML standard, 9.2) into events. A text may end anywhere. */

export type ServerEvent = { readonly id: string; readonly event: string; readonly data: string }

export type EventReader = {
  /** The events that end in this text. */
  read(text: string): readonly ServerEvent[]
  /** Of the last event that had one; the server goes on behind it. */
  lastId(): string
}

export function openEventReader(lastId = ''): EventReader {
  let rest = ''
  let id = lastId
  let event = ''
  let data: string[] = []
  const take = (line: string): ServerEvent | undefined => {
    if (line === '') {
      const whole =
        data.length === 0 ? undefined : { id, event: event === '' ? 'message' : event, data: data.join('\n') }
      event = ''
      data = []
      return whole
    }
    const [, field = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? []
    if (field === 'data') data.push(value)
    else if (field === 'event') event = value
    else if (field === 'id' && !value.includes('\0')) id = value
    return undefined
  }
  return {
    read(text) {
      const lines = `${rest}${text}`.split('\n')
      rest = lines.pop() ?? ''
      return lines.flatMap((line) => take(line.endsWith('\r') ? line.slice(0, -1) : line) ?? [])
    },
    lastId: () => id,
  }
}
