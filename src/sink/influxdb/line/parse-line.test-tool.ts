/**
 * Reads line protocol as InfluxDB does, by its own description and not by our encoder: for tests. Values of fields keep their form.
 * https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/
 */

export type ParsedPoint = {
  readonly measurement: string
  readonly tags: Readonly<Record<string, string>>
  readonly fields: Readonly<Record<string, string | { readonly text: string }>>
  readonly time: string
}

/** The points of a body. Throws where it is no line protocol. */
export function parsePoints(body: string): readonly ParsedPoint[] {
  const points: ParsedPoint[] = []
  let at = 0
  /** A text up to one of the bytes that end it, without its backslashes. */
  const take = (ends: string): string => {
    let text = ''
    for (; at < body.length && !ends.includes(body[at] as string); at++) {
      if (body[at] === '\n') throw new Error(`a line ends at ${at}`)
      const isEscape = body[at] === '\\' && ', ='.includes(body[at + 1] ?? '\n')
      if (isEscape) at++
      text += body[at]
    }
    if (text === '') throw new Error(`nothing at ${at}`)
    return text
  }
  const expect = (char: string) => {
    if (body[at] !== char) throw new Error(`no ${JSON.stringify(char)} at ${at} of ${body}`)
    at++
  }
  const quoted = (): { text: string } => {
    let text = ''
    for (at++; body[at] !== '"'; at++) {
      if (at >= body.length) throw new Error('a quote is open')
      if (body[at] === '\\' && '"\\'.includes(body[at + 1] ?? '')) at++
      text += body[at]
    }
    at++
    return { text }
  }
  while (at < body.length) {
    const measurement = take(', ')
    const tags: Record<string, string> = {}
    while (body[at] === ',') {
      at++
      const key = take(',= ')
      expect('=')
      tags[key] = take(',= ')
    }
    const fields: Record<string, string | { text: string }> = {}
    let separator = ' '
    do {
      expect(separator)
      const key = take(',= ')
      expect('=')
      fields[key] = body[at] === '"' ? quoted() : take(', ')
      separator = ','
    } while (body[at] === ',')
    expect(' ')
    const end = body.indexOf('\n', at)
    points.push({ measurement, tags, fields, time: body.slice(at, end) })
    at = end + 1
  }
  return points
}
