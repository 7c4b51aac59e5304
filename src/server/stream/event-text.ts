/**
 * Server-sent events as bytes, as the HTML standard has them: https://html.spec.whatwg.org/multipage/server-sent-events.html
 *
 *   event: NAME
 *   id: ID                     only where the stream can be gone on with behind it
 *   data: JSON                 which has no line breaks
 *                              and an empty line
 *
 * An event that many streams send is encoded once: the bytes are kept for as long as the event is.
 */
import type { ServerEvent } from '../server-event.ts'

const encoded = new WeakMap<ServerEvent, Uint8Array>()

/** The bytes of an event. */
export function eventBytes(event: ServerEvent): Uint8Array {
  const known = encoded.get(event)
  if (known !== undefined) return known
  const bytes = Buffer.from(eventText(event))
  encoded.set(event, bytes)
  return bytes
}

const LINE_BREAKS = /[\r\n\0]/g

function eventText({ event, id, data }: ServerEvent): string {
  const place = id === undefined ? '' : `id: ${id.replaceAll(LINE_BREAKS, ' ')}\n`
  return `event: ${event}\n${place}data: ${JSON.stringify(data)}\n\n`
}

/** The pieces of a stream. A failure under way is the last event, `failure`, as no status can be sent any more. */
export async function* eventPieces(
  events: AsyncIterable<ServerEvent>,
  failed: (error: unknown) => object,
): AsyncGenerator<Uint8Array> {
  // The headers leave with it, so the client knows that it is connected.
  yield OPENING
  try {
    for await (const event of events) yield eventBytes(event)
  } catch (error) {
    yield eventBytes({ event: 'failure', data: failed(error) })
  }
}

const OPENING = Buffer.from(': tailrace\n\n')
