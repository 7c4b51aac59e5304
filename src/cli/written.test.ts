import { expect, test } from 'vitest'
import { readPipeline } from '../pipeline/file/load.ts'
import { loadEveryKind } from '../pipeline/file/load-kinds.ts'
import { masked, writtenJson, writtenYaml } from './written.ts'

await loadEveryKind()

const PIPELINE = `
version: 1
name: nasa
bus:
  kafka:
    brokers: localhost:9092
    sasl: { mechanism: plain, username: app, password: '\${PASSWORD}' }
sources: { in: { tcp: 9999, to: lines } }
topics: { lines: { format: common } }
`
const SECRETS = ['"quoted" TAIL', 'back\\slash\\TAIL', 'two\nlines\nTAIL', "it's # all: { of } TAIL"]

// Promise secrets: Secrets are never shown.
test.each(SECRETS)('a secret is hidden, whatever it has in it: %j', (PASSWORD) => {
  const { written, text, definition } = readPipeline('p.yaml', PIPELINE, { environment: { PASSWORD } })
  expect(JSON.stringify(definition.bus)).toContain('TAIL')
  const outputs = [writtenYaml(written, text), JSON.stringify(masked(writtenJson(written, text), text.mask))]
  for (const output of outputs) {
    expect(output).not.toContain('TAIL')
    expect(output).toContain(`\${PASSWORD}`)
  }
})
