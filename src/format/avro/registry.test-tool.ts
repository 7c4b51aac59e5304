/** A schema registry in this process, for tests of what is asked of one, and of its trouble. A subject takes any schema. */
import { startServer, type TestServer } from '../../client/http/http-server.test-tool.ts'

export type TestRegistry = TestServer & {
  /** Registers a schema, as a producer would. */
  add(subject: string, schema: unknown): number
  /** What it answers to every request instead; undefined: it works. */
  trouble: { readonly status: number; readonly body: object | string } | undefined
}

/** A registry without schemas, which ends with the test. */
export async function startRegistry(): Promise<TestRegistry> {
  const schemas: string[] = []
  const subjects = new Map<string, number[]>()
  const add = (subject: string, schema: string): number => {
    const known = schemas.indexOf(schema)
    const id = known >= 0 ? known + 1 : schemas.push(schema)
    const versions = subjects.get(subject) ?? []
    if (!versions.includes(id)) versions.push(id)
    subjects.set(subject, versions)
    return id
  }
  const answerTo = (method: string, url: string, body: string): { status: number; body: unknown } => {
    const absent = (code: number) => ({ status: 404, body: { error_code: code, message: 'not found' } })
    const [, id] = /^\/schemas\/ids\/(-?\d+)$/.exec(url) ?? []
    if (id !== undefined) {
      const schema = schemas[Number(id) - 1]
      return schema === undefined ? absent(40403) : { status: 200, body: { schema } }
    }
    const [, subject = ''] = /^\/subjects\/([^/]+)\/versions/.exec(url) ?? []
    if (method === 'POST') return { status: 200, body: { id: add(subject, JSON.parse(body).schema) } }
    const versions = subjects.get(subject)
    const latest = versions?.at(-1)
    if (versions === undefined || latest === undefined) return absent(40401)
    return { status: 200, body: { subject, id: latest, version: versions.length, schema: schemas[latest - 1] } }
  }
  const server = await startServer(({ method, url, body }, response) => {
    const { status, body: answer } = registry.trouble ?? answerTo(method, url, body.toString())
    response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' })
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer))
  })
  const registry: TestRegistry = {
    ...server,
    add: (subject, schema) => add(subject, JSON.stringify(schema)),
    trouble: undefined,
  }
  return registry
}
