/** The real process with `--listen`, and questions to it by HTTP. */
import { openEventReader } from '../../web/api/event-reader.ts'
import type { Folder, Running } from './tailrace.ts'

export type Asked = { readonly status: number; readonly text: string; readonly headers: Headers }

export type Serving = {
  readonly running: Running
  /** `http://127.0.0.1:PORT`. */
  readonly url: string
  ask(path: string, init?: RequestInit): Promise<Asked>
  /** The JSON of an answer with status 200 or 202; anything else is an error that has its text. */
  get(path: string): Promise<unknown>
  post(path: string, body: unknown): Promise<unknown>
  remove(path: string): Promise<unknown>
}

/** Runs p.yaml of the folder and waits until it listens. */
export async function serving(folder: Folder, ...options: readonly string[]): Promise<Serving> {
  const running = folder.start('run', 'p.yaml', '--listen', '127.0.0.1:0', ...options)
  const url = `http://127.0.0.1:${await running.port(/^dashboard: http:/)}`
  const ask = async (path: string, init: RequestInit = {}): Promise<Asked> => {
    const headers = init.body === undefined ? {} : { 'content-type': 'application/json' }
    const response = await fetch(`${url}${path}`, { ...init, headers })
    return { status: response.status, text: await response.text(), headers: response.headers }
  }
  const json = async (path: string, init?: RequestInit): Promise<unknown> => {
    const { status, text } = await ask(path, init)
    if (status !== 200 && status !== 202) throw new Error(`${path}: ${status} ${text}`)
    return JSON.parse(text)
  }
  return {
    running,
    url,
    ask,
    get: (path) => json(path),
    post: (path, body) => json(path, { method: 'POST', body: JSON.stringify(body) }),
    remove: (path) => json(path, { method: 'DELETE' }),
  }
}

export type EventStream<Data> = AsyncDisposable & {
  /** The data of the next event of this name that fits. */
  until(event: string, fits: (data: Data) => boolean): Promise<Data>
}

/** A stream of server-sent events. */
export async function eventsOf<Data>({ url }: Serving, path: string, lastId = ''): Promise<EventStream<Data>> {
  const abort = new AbortController()
  const response = await fetch(`${url}${path}`, {
    signal: abort.signal,
    headers: lastId === '' ? {} : { 'last-event-id': lastId },
  })
  if (response.body === null || response.status !== 200) throw new Error(`${path}: ${response.status}`)
  const texts = response.body.pipeThrough(new TextDecoderStream()).getReader()
  const events = openEventReader(lastId)
  const waiting: { readonly event: string; readonly data: string }[] = []
  return {
    async until(wanted, fits) {
      for (;;) {
        for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
          const data = JSON.parse(one.data) as Data
          if (one.event === wanted && fits(data)) return data
        }
        const { value, done } = await texts.read()
        if (done) throw new Error(`${path} ended before ${wanted} came`)
        waiting.push(...events.read(value))
      }
    },
    async [Symbol.asyncDispose]() {
      abort.abort()
      await texts.cancel().catch(() => undefined)
    },
  }
}
