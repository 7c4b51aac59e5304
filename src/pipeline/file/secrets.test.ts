import { describe, expect, test } from 'vitest'
import { describeFailure, Failure } from '../../base/failure.ts'
import { checkPipeline } from '../check/check.ts'
import { readPipeline } from './load.ts'
import { loadEveryKind } from './load-kinds.ts'

await loadEveryKind()

const TOKEN = 'in-TAIL'

/** A pipeline with literal secrets; `sasl` is the content of its braces. */
const pipeline = (sasl: string, more = '') => `version: 1
name: nasa
bus: { kafka: { brokers: 'localhost:9092', sasl: { ${sasl} } } }
sources: { in: { ingest: { listen: 127.0.0.1:0, token: ${TOKEN} }, to: lines } }
topics: { lines: { format: common } }
${more}`

const SASL = "mechanism: plain, username: app, password: 'bus-TAIL'"

function read(text: string, overrides: readonly string[] = [], over?: string) {
  return readPipeline('p.yaml', text, { environment: {}, overrides }, over === undefined ? [] : [['over.yaml', over]])
}

function collectFailures(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return [error, ...error.also].map(describeFailure).join('\n')
  }
  throw new Error('there is a mistake to report')
}

/** Everything that is printed of the mistakes. */
function printed(...given: Parameters<typeof read>): string {
  return collectFailures(() => read(...given))
}

describe('a secret is not among what the files say', () => {
  test('where it is written in a file', () => {
    const { written, definition } = read(pipeline(SASL))
    expect(JSON.stringify(definition)).toContain('bus-TAIL')
    expect(JSON.stringify(definition)).toContain(TOKEN)
    expect(written).toMatchObject({
      bus: { kafka: { sasl: { mechanism: 'plain', username: 'app', password: '***' } } },
      sources: { in: { ingest: { token: '***' } } },
    })
  })

  test.each(['bus.kafka.sasl.password=TAIL', 'bus.kafka.sasl={mechanism: plain, username: app, password: TAIL}'])(
    'where it is given by --set %s',
    (override) => {
      const { written, definition } = read(pipeline(SASL), [override])
      expect(JSON.stringify(definition)).toContain('"TAIL"')
      expect(written).toMatchObject({ bus: { kafka: { sasl: { password: '***' } } } })
    },
  )

  test('where it is short: its variable is named, as for any other', () => {
    const environment = { PASSWORD: 'abc' }
    const { written } = readPipeline('p.yaml', pipeline(SASL.replace('bus-TAIL', `\${PASSWORD}`)), { environment })
    expect(written).toMatchObject({ bus: { kafka: { sasl: { password: `\${PASSWORD}` } } } })
  })
})

describe('a value from the environment', () => {
  const environment = { DIR: 'topsecret', ENV: 'dev', N: '12', X: 'a$&b(c' }
  const text = `version: 1
name: p
topics: { lines: { format: lines } }
sinks:
  a: { from: lines, csv: 'out/\${DIR}/a.csv' }
  b: { from: lines, csv: 'out/\${ENV}/\${N}/\${X}.csv' }
queries: { q: "SELECT '\${DIR}' || nope FROM lines" }
`
  const loaded = () => readPipeline('p.yaml', text, { environment })

  // Promise: What `${VAR}` or `${file:…}` puts in is never shown: not by check or explain, nor in warnings, dead letters or status.
  test('is masked as its variable, a short one only where it stands alone', () => {
    const { mask } = loaded().text
    expect(mask("cannot write /x/topsecret/a.csv: 'topsecret1'")).toBe("cannot write /x/${DIR}/a.csv: '${DIR}1'")
    expect(mask('/out/dev/b.csv of device dev: no')).toBe('/out/${ENV}/b.csv of device dev: no')
    expect(mask('cannot make folder /out/dev: 12 times')).toBe('cannot make folder /out/${ENV}: 12 times')
    expect(mask('a$&b(c.csv')).toBe('${X}.csv')
  })

  test('is masked without the default that it took the place of', () => {
    const address = text.replace('topics:', "bus: 'kafka://${DIR:-127.0.0.1}:9092'\ntopics:")
    const { mask } = readPipeline('p.yaml', address, { environment }).text
    expect(mask('topsecret does not listen')).toBe('${DIR} does not listen')
  })

  test('does not move the caret', () => {
    const { definition } = loaded()
    expect(definition.name).toBe('p')
    const failed = collectFailures(() => checkPipeline(loaded(), 0))
    const [head, line = '', carets = ''] = failed.split('\n')
    expect(head).toBe('p.yaml:7:35: there is no column nope')
    expect(line).toContain("SELECT '${DIR}' || nope FROM lines")
    expect(carets.indexOf('^^^^')).toBe(line.indexOf('nope'))
  })
})

describe('no message shows a secret', () => {
  test('of the wrong type', () => {
    expect(printed(pipeline('mechanism: plain, username: app, password: 4711'))).toMatchInlineSnapshot(`
      "p.yaml:3:95: bus.kafka.sasl.password must be text, not a number
        bus: { kafka: { brokers: 'localhost:9092', sasl: { mechanism: plain, username: app, password: *** } } }
                                                                                                      ^^^"
    `)
    expect(printed(pipeline('mechanism: plain, username: app, password: [4711]'))).not.toContain('4711')
  })

  test('on the line of another mistake', () => {
    expect(printed(pipeline(SASL.replace('plain', 'plane')))).toMatchInlineSnapshot(`
      "p.yaml:3:63: bus.kafka.sasl.mechanism must be one of plain, scram-sha-256, scram-sha-512, not "plane"
        bus: { kafka: { brokers: 'localhost:9092', sasl: { mechanism: plane, username: app, password: *** } } }
                                                                      ^^^^^"
    `)
    const behind = "password: 'bus-TAIL', mechanism: plane, username: app"
    expect(printed(pipeline(behind))).toMatchInlineSnapshot(`
      "p.yaml:3:78: bus.kafka.sasl.mechanism must be one of plain, scram-sha-256, scram-sha-512, not "plane"
        bus: { kafka: { brokers: 'localhost:9092', sasl: { password: ***, mechanism: plane, username: app } } }
                                                                                     ^^^^^"
    `)
  })

  test('under a misspelt key', () => {
    expect(printed(pipeline(SASL.replace('password', 'pasword')))).not.toContain('TAIL')
  })

  test.each([
    ['{ webhook: { url: "http://h/TAIL", shape: slck } }', 'p.yaml:6:79: alerts.a.notify.webhook.shape must be one of'],
    [
      '[{ webhook: { url: "http://h/TAIL", shape: slck } }]',
      'p.yaml:6:80: alerts.a.notify.0.webhook.shape must be one of',
    ],
    ['{ webhook: { urll: "http://h/TAIL" } }', 'unknown key "urll" in alerts.a.notify.webhook'],
    ['{ webhook: "TAIL://h" }', 'p.yaml:6:60: alerts.a.notify.webhook: expected an address as http://HOST'],
    ['[console, { webhook: "http://h/TAIL" }], when: 3', 'alerts.a.when must be text, not 3'],
  ])('of a notifier: %s', (notify, message) => {
    const text = printed(pipeline(SASL, `alerts: { a: { from: q, severity: info, notify: ${notify} } }`))
    expect(text).toContain(message)
    expect(text).not.toContain('TAIL')
    const fine = pipeline(SASL, 'alerts: { a: { from: q, notify: { webhook: "http://h/TAIL" } } }')
    expect(JSON.stringify(read(fine).written)).not.toContain('http://h/TAIL')
  })

  test('in the lower of two files', () => {
    const over = "bus: { kafka: { sasl: { password: 'over-TAIL' } } }"
    expect(printed(pipeline(SASL.replace('plain', 'plane')), [], over)).not.toContain('TAIL')
  })

  test.each([
    ['bus.kafka.sasl.password=4711', '--set bus.kafka.sasl.password=***: bus.kafka.sasl.password must be text'],
    ['bus.kafka.sasl={mechanism: plane, username: a, password: 4711}', '--set bus.kafka.sasl=***: '],
    ['bus.kafka.sasl.password=[4711', '--set bus.kafka.sasl.password: what is behind the = is not YAML'],
    ['bus.kafka..password=4711', '--set bus.kafka..password=: expected a path'],
  ])('given by --set %s', (override, message) => {
    const text = printed(pipeline(SASL), [override])
    expect(text).toContain(message)
    expect(text).not.toContain('4711')
  })

  test.each(['hdfs://app:TAIL@nn:9870', 'hdfs://app:TAIL@nn:9870/logs', 'hdfs://app:T@IL@nn'])(
    'in the address %s',
    (url) => {
      const text = printed(pipeline(SASL, `sinks: { out: { from: lines, hdfs: { url: '${url}', path: /logs } } }`))
      expect(text).toContain('hdfs://app:***@nn')
      expect(text).not.toMatch(/TAIL|IL@/)
    },
  )
})
