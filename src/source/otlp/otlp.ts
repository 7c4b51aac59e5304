/**
 * Takes logs by OTLP over HTTP, from SDKs of OpenTelemetry and from its collector: POST to `/v1/logs`, in protobuf or JSON. Each log
 * record becomes a record that format `otlp` reads.
 *
 * A request is answered once its records are durable, and so nothing is lost. OTLP has no keys: what is sent again, because its answer was
 * lost, is there twice. Answers are those of the OTLP specification 1.x: rejected log records are a partial success, and an error has a
 * `Status` in the encoding of the request.
 */
import type { IncomingHttpHeaders } from 'node:http'
import * as z from 'zod'
import { shortForm } from '../../base/options.ts'
import { byteSize } from '../../base/unit-options.ts'
import { byteText, counted } from '../../base/units.ts'
import { writeJson } from '../../client/otlp/json-write.ts'
import { MalformedMessage, type MessageOf, OversizedMessage } from '../../client/otlp/message.ts'
import { LOGS_ANSWER, STATUS } from '../../client/otlp/messages.ts'
import { writeWire } from '../../client/otlp/wire-write.ts'
import type { Records } from '../../record/column.ts'
import { PacedWarnings } from '../network/warnings.ts'
import { mostOfAppend, splitForAppends } from '../posted/appends.ts'
import { checkPosted, listenForPosts, type PostedOptions, postedShape } from '../posted/options.ts'
import { type PostAnswer, type Posted, PostedSource, type RequestForm } from '../posted/posted-source.ts'
import { NO_KEYS } from '../posted/request-keys.ts'
import { RequestError } from '../request-error.ts'
import { defineSource, longestLine, type SourceContext, type SourceType } from '../source.ts'
import { whyNotListening } from '../tcp-listen.ts'
import { JSON_TYPE, type LogsType, logsOf, PROTOBUF, TooManyBytes } from './logs-request.ts'

/** The port of OTLP over HTTP. */
const PORT = 4318

type Options = PostedOptions & { readonly max_record: number }

export const otlpSource: SourceType = defineSource<Options>({
  name: 'otlp',
  summary: 'Takes logs by OTLP over HTTP (OpenTelemetry): listens on 127.0.0.1 unless told otherwise.',
  oneHost: () => 'listens on an address of one machine',
  replayable: false,
  afterCrash: 'nothing is lost: what was not answered is sent again, and may be there twice',
  options: shortForm(
    'listen',
    z
      .strictObject({
        ...postedShape,
        listen: postedShape.listen.prefault(PORT),
        max_record: byteSize.prefault('1MiB'),
      })
      .check(checkPosted),
  ),
  listens: ({ listen: address }) => [address],
  lookAhead: ({ listen: address }) => whyNotListening(address),
  async open(options, context) {
    const { server, address } = await listenForPosts(options, context, 'logs')
    const form = logsForm(options, context)
    return new PostedSource({ server, describe: `otlp ${address}`, options, form, context })
  },
})

function logsForm({ max_body, max_record, in_flight }: Options, context: SourceContext): RequestForm {
  const limits = { longest: longestLine(max_record, context, 'max_record'), bytes: in_flight }
  const warnings = new PacedWarnings(context)
  return {
    takes: 'log records',
    paths: ['/v1/logs'],
    maxBody: max_body,
    whenLate: 'sent again, they may be there twice',
    keys: () => NO_KEYS,
    checkContent: (headers) => void typeOf(headers),
    read(body, headers, hold) {
      const type = typeOf(headers)
      const { records, rejected, why } = refusing(in_flight, () => logsOf(body, type, limits, context.clock.now()))
      hold(records.bytes.length)
      if (rejected === 0) return posted(records, context, () => encoded(LOGS_ANSWER, {}, type))
      const errorMessage = `${counted(rejected, 'log record')} not taken, the first because ${why}`
      warnings.say('rejected', `${errorMessage}; the sender was told`)
      const partialSuccess = { rejectedLogRecords: BigInt(rejected), errorMessage }
      return posted(records, context, () => encoded(LOGS_ANSWER, { partialSuccess }, type))
    },
    refused: (message, headers) => encoded(STATUS, { message }, isProtobuf(headers) ? PROTOBUF : JSON_TYPE),
    warnings,
  }
}

const posted = (records: Records, context: SourceContext, answer: () => PostAnswer): Posted => ({
  appends: splitForAppends(records, mostOfAppend(context)),
  answer,
})

const encoded = <Value>(message: MessageOf<Value>, value: Value, type: LogsType): PostAnswer => ({
  type,
  body: type === PROTOBUF ? writeWire(message, value) : writeJson(message, value),
})

/** The kind of content, without its parameters, such as a charset. */
const contentType = (headers: IncomingHttpHeaders): string =>
  (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''

const isProtobuf = (headers: IncomingHttpHeaders): boolean => contentType(headers) === PROTOBUF

function typeOf(headers: IncomingHttpHeaders): LogsType {
  const type = contentType(headers)
  if (type === PROTOBUF || type === JSON_TYPE) return type
  throw new RequestError(415, `Content-Type ${type || '(none)'} is not taken: send ${PROTOBUF} or ${JSON_TYPE}`)
}

/** What `read` gives. Throws a RequestError where the body cannot be taken. */
function refusing<Value>(inFlight: number, read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    if (error instanceof MalformedMessage) {
      throw new RequestError(400, `the body is no request of OTLP: ${error.message}; nothing was taken`)
    }
    if (error instanceof OversizedMessage) {
      throw new RequestError(413, `the body has ${error.message}: send it in several requests`)
    }
    if (error instanceof TooManyBytes) {
      const room = `in_flight, ${byteText(inFlight)}`
      throw new RequestError(413, `the records of the body take more than ${room}: send it in several requests`)
    }
    throw error
  }
}
