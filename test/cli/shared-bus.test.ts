/** Commands about a pipeline on Kafka that need no broker: what they say before they ask one, at an address that nobody has. */
import { expect, test } from 'vitest'
import { demo } from './demo.ts'
import { expectRefused } from './refused.ts'
import { type Folder, folderWith } from './tailrace.ts'

/** The demo on a bus at a port at which nothing can listen. */
const ON_KAFKA = `bus: { kafka: { brokers: '127.0.0.1:1' } }\n${demo('file: access.log')}`

const open = (files: { readonly [name: string]: string } = {}): Folder => folderWith({ 'p.yaml': ON_KAFKA, ...files })

test.each([['topics'], ['groups'], ['tap', 'access'], ['dead', 'access']])(
  '%s fails with the mistake in an overlay, which hides the topics of the pipeline',
  async (...args) => {
    using folder = open({ 'o.yaml': 'sinks: { paths: { from: nothere } }\n' })
    const message = 'o.yaml:1:25: there is no topic, query or report "nothere"'
    await expectRefused(folder, [[...args, '-p', 'p.yaml', '--with', 'o.yaml'], 78, message])
    expect((await folder.tailrace('check', 'p.yaml', '--with', 'o.yaml')).stderr).toContain(message)
  },
)

test('status of a pipeline that has never run says so, and which bus it has', async () => {
  using folder = open()
  // It waits for the brokers in vain first, as long as a client tries.
  const { code, stdout } = await folder.tailrace('status', 'p.yaml', '--json')
  expect(code).toBe(0)
  const expected = {
    state: 'stopped',
    process: null,
    bus: { type: 'kafka' },
    checkpoint: null,
    trouble: [{ part: 'bus' }],
  }
  expect(JSON.parse(stdout)).toMatchObject(expected)
})

test.each([['topics'], ['groups'], ['status'], ['tap', 'access'], ['dead', 'access']])(
  '%s does not look for topics in the data folder of a pipeline on Kafka',
  async (...args) => {
    using folder = folderWith({ 'kafka.json': '{}' })
    const belongs = `the data folder ${folder.path} belongs to a pipeline on kafka, so its topics are there`
    await expectRefused(folder, [[...args, '--data', '.'], 2, belongs, '--pipeline FILE'])
  },
)
