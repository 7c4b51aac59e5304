/** A request to Flink, as its SQL Gateway and its JobManager take them: JSON by HTTP. */
import type { HttpAnswer, HttpClient } from '../http/client.ts'

export type Question = {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: object
  readonly signal?: AbortSignal | undefined
}

/** Asks the server at `url`; whatever it answers is an answer. Rejects with the Failure of the client. */
export const sendQuestion = (
  { http, url }: { readonly http: HttpClient; readonly url: string },
  { method, path, body, signal }: Question,
): Promise<HttpAnswer> =>
  http.send({
    method,
    url: `${url}${path}`,
    ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    ...(signal !== undefined && { signal }),
  })
