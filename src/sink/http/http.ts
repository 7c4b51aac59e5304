/**
 * Sends rows over HTTP: to a webhook, or to a store that takes JSON. A row, or a batch, may be sent again after an answer that
 * was lost; its `Idempotency-Key` is the same then, by which a server recognises it.
 */
import { Failure } from '../../base/failure.ts'
import { openHttpClient } from '../../client/http/client.ts'
import { unknownNames } from '../../template/columns.ts'
import { parseTemplate, valuesIn } from '../../template/template.ts'
import { bodyMistakes, templateMistakes } from '../message/check.ts'
import { defineSink, type Sink, type SinkContext, type SinkMistake, type SinkRows, type SinkType } from '../sink.ts'
import { lookAtHttp } from './look.ts'
import { type HttpSinkOptions, httpSinkOptions, ROWS } from './options.ts'
import { openHttpWriter } from './writer.ts'

/** Longest answer that is read: that of `_bulk` names each row. */
const LONGEST_ANSWER = 32 << 20

export const httpSink: SinkType = defineSink<HttpSinkOptions>({
  name: 'http',
  summary: 'Sends rows as requests of HTTP: one for each row, or one for many.',
  writes: 'append',
  batch: { rows: 500, bytes: 1 << 20, inFlight: 4 },
  options: httpSinkOptions,
  check: httpMistakes,
  connect: lookAtHttp,
  open: openHttpSink,
})

function httpMistakes(options: HttpSinkOptions, rows: SinkRows): readonly SinkMistake[] {
  const { url, query, headers, body, send, envelope } = options
  const ofRequest = send === 'single' ? 'row' : 'message'
  const named = (option: string, texts: { readonly [name: string]: string }) =>
    Object.entries(texts).flatMap(([name, text]) => templateMistakes([option, name], text, rows, ofRequest))
  const lines =
    send === 'lines' && Array.isArray(body) ? body.map((line, index) => [['body', index], line] as const) : []
  const bodies = lines.length > 0 || body === undefined ? lines : [[['body'], body] as const]
  return [
    ...templateMistakes(['url'], url, rows, ofRequest),
    ...named('query', query ?? {}),
    ...named('headers', headers ?? {}),
    ...bodies.flatMap(([path, written]) => bodyMistakes(path, written, rows, 'row')),
    ...(envelope === undefined ? [] : envelopeMistakes(envelope)),
  ]
}

function envelopeMistakes(envelope: string): readonly SinkMistake[] {
  const path = ['envelope']
  try {
    const template = parseTemplate(envelope)
    const unknown = unknownNames(template, [ROWS]).map((failure) => ({ path, failure }))
    if (valuesIn(template).some(({ name }) => name === ROWS)) return unknown
    const failure = new Failure('pipeline', 'the rows are not in it', { hint: 'Write {{ rows }} where they belong.' })
    return [...unknown, { path, failure }]
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure
    return [{ path, failure }]
  }
}

/** Opens the sink with these options. */
export async function openHttpSink(options: HttpSinkOptions, context: SinkContext): Promise<Sink> {
  const { folder, name, remember } = context
  const of = `sink ${name}`
  // Headers are made for each request, as they may have values in them.
  const client = await openHttpClient({ ...options, headers: {} }, { folder, of, maxAnswer: LONGEST_ANSWER })
  await remember({ kind: 'elsewhere', path: new URL(options.url).origin })
  return {
    ...openHttpWriter(client, options, context),
    async [Symbol.asyncDispose]() {
      client.close()
    },
  }
}
