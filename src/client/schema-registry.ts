/**
 * A schema registry: Confluent's, or one that answers as it does, such as Apicurio under `/apis/ccompat/v7`, or Karapace. Only schemas
 * of Avro are asked for. Source: Confluent, "Schema Registry API Reference".
 *
 * A schema has an id for good. A subject is a list of versions, each a schema; which new one it takes, its compatibility says.
 */
import { Failure } from '../base/failure.ts'
import { type HttpAnswer, type HttpClient, openHttpClient } from './http/client.ts'
import type { HttpOptions } from './http/options.ts'

export type RegistryOptions = HttpOptions

/** A version of a subject. */
export type RegisteredSchema = { readonly id: number; readonly version: number; readonly schema: string }

export type Registry = {
  /** The text of a schema; undefined: the registry has none of this id. Rejects with a Failure. */
  schema(id: number, signal?: AbortSignal): Promise<string | undefined>
  /** The latest version of a subject; undefined: there is no such subject. */
  latest(subject: string, signal?: AbortSignal): Promise<RegisteredSchema | undefined>
  /** Why the subject does not take the schema, in the registry's words; undefined: it does, or is new. */
  incompatible(subject: string, schema: string): Promise<string | undefined>
  /**
   * Registers a schema as the next version of a subject, or finds it among its versions. Resolves to its id. Rejects with a Failure
   * `usage` where the subject does not take it.
   */
  register(subject: string, schema: string, signal?: AbortSignal): Promise<number>
  close(): void
}

const CONTENT = 'application/vnd.schemaregistry.v1+json'
const MAX_ANSWER = 4 << 20
/** What its own numbers of errors say: there is no such subject, version, schema. */
const ABSENT = [40401, 40402, 40403]

/** A client of the registry, for `of`, as messages call it. Rejects with a Failure where a file of `tls` cannot be read. */
export async function openRegistry(
  { url, ...options }: RegistryOptions,
  folder: string,
  of: string,
): Promise<Registry> {
  const client = await openHttpClient(options, { folder, of, maxAnswer: MAX_ANSWER })
  const base = url.replace(/\/+$/, '')
  const subjectPath = (subject: string) => `/subjects/${encodeURIComponent(subject)}/versions`
  const ask = async (method: string, path: string, body?: object, signal?: AbortSignal): Promise<HttpAnswer> =>
    await client.send({
      method,
      url: `${base}${path}`,
      headers: { accept: `${CONTENT}, application/json`, ...(body !== undefined && { 'content-type': CONTENT }) },
      body: body === undefined ? undefined : JSON.stringify(body),
      ...(signal !== undefined && { signal }),
    })
  const read = async (path: string, signal?: AbortSignal): Promise<Answer | undefined> => {
    const answer = await ask('GET', path, undefined, signal)
    if (answer.status === 404 && ABSENT.includes(numberOf(answer))) return undefined
    return jsonOf(answer, client)
  }
  return {
    async schema(id, signal) {
      const answer = await read(`/schemas/ids/${id}`, signal)
      return answer === undefined ? undefined : avroOf(answer, `schema ${id}`)
    },
    async latest(subject, signal) {
      const answer = await read(`${subjectPath(subject)}/latest`, signal)
      if (answer === undefined) return undefined
      const schema = avroOf(answer, `subject ${subject}`)
      return { id: whole(answer.id), version: whole(answer.version), schema }
    },
    async incompatible(subject, schema) {
      const path = `/compatibility${subjectPath(subject)}/latest?verbose=true`
      const answer = await ask('POST', path, { schema })
      if (answer.status === 404 && ABSENT.includes(numberOf(answer))) return undefined
      const { is_compatible: isCompatible, messages } = jsonOf(answer, client)
      if (isCompatible !== false) return undefined
      return Array.isArray(messages) && messages.length > 0
        ? messages.join('; ')
        : 'it is not compatible with its latest version'
    },
    async register(subject, schema, signal) {
      const answer = await ask('POST', subjectPath(subject), { schema }, signal)
      if (answer.status === 409 || answer.status === 422) {
        const why = messageOf(answer)
        throw new Failure('usage', `the registry does not take the schema for subject ${subject}: ${why}`, {
          hint: 'New fields need a default under BACKWARD compatibility; another subject takes any schema.',
        })
      }
      return whole(jsonOf(answer, client).id)
    },
    close: () => client.close(),
  }
}

type Answer = { readonly [key: string]: unknown }

/** The answer as JSON. Throws a Failure where it is another, or no success. */
function jsonOf(answer: HttpAnswer, client: HttpClient): Answer {
  if (answer.status < 200 || answer.status > 299) throw client.refusal(answer)
  const json = parsed(answer)
  if (json !== undefined) return json
  throw new Failure('io', `${answer.url} does not answer as a schema registry does`, {
    hint: 'The address of a registry of Apicurio ends with /apis/ccompat/v7.',
    retryable: true,
  })
}

function parsed({ body }: HttpAnswer): Answer | undefined {
  try {
    const json: unknown = JSON.parse(body.toString())
    return typeof json === 'object' && json !== null ? (json as Answer) : undefined
  } catch {
    return undefined
  }
}

const numberOf = (answer: HttpAnswer): number => Number(parsed(answer)?.error_code)

const messageOf = (answer: HttpAnswer): string => {
  const message = parsed(answer)?.message
  // Some begin with the name of a class in Java.
  return typeof message === 'string' ? message.replace(/^(\w+\.)+\w+: /, '') : `it answers ${answer.status}`
}

/** The schema in an answer, which is Avro's where no type is named. Throws a Failure where it is another. */
function avroOf({ schema, schemaType = 'AVRO', references }: Answer, what: string): string {
  if (schemaType !== 'AVRO')
    throw new Failure('usage', `${what} of the registry is of type ${String(schemaType)}, not AVRO`)
  if (Array.isArray(references) && references.length > 0) {
    const hint = 'Register it as one schema, with the types that it uses in it.'
    throw new Failure('usage', `${what} of the registry refers to other subjects, which is not read`, { hint })
  }
  if (typeof schema === 'string') return schema
  throw new Failure('io', `${what} of the registry has no schema`, { retryable: true })
}

function whole(value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value)) return value
  throw new Failure('io', `the registry answers ${JSON.stringify(value)} where a number belongs`, { retryable: true })
}
