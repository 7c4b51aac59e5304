/** Events of Beats and lines of netcat to the real process, which is killed between them: what was acknowledged is there. */
import { connect, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { hangUp, sendBatch } from '../../src/source/beats/lumberjack.test-tool.ts'
import { dial, portOf } from '../../src/source/tcp.test-tool.ts'
import { readTopics } from '../run/in-process.ts'
import { type Folder, folderWith, type Running } from './tailrace.ts'

const PIPELINE = `version: 1
name: taken
sources:
  shippers: { beats: "127.0.0.1:0", to: events }
  lines: { netcat: "127.0.0.1:0", to: lines }
  routers: { syslog: { udp: "127.0.0.1:0", tcp: "127.0.0.1:0" }, to: messages }
topics:
  events: { partitions: 3, format: lines }
  lines: { partitions: 3, format: lines }
  messages: { format: syslog }
`
const EVENTS = 5

/** The address of a source, from the line that says what runs. */
async function addressOf(running: Running, kind: string): Promise<string> {
  const line = await running.line(/^taken runs:/)
  const [, address] = new RegExp(`${kind} (127\\.0\\.0\\.1:\\d+)`).exec(line) ?? []
  if (address === undefined) throw new Error(`no ${kind} in ${line}`)
  return address
}

/** Records of a topic, over its partitions. */
async function recordsOf(folder: Folder, topic: string): Promise<readonly string[]> {
  const topics = await readTopics(folder.at('.tailrace/taken'))
  return [...topics].flatMap(([name, records]) =>
    name.startsWith(`${topic}-`) ? records.map(({ value }) => value ?? '') : [],
  )
}

const batch = (number: number) => Array.from({ length: EVENTS }, (_, event) => `{"batch":${number},"event":${event}}`)

// Holds beats-durable.
test('after SIGKILL between batches, every event that was acknowledged is there', async () => {
  using folder = folderWith({ 'p.yaml': PIPELINE })
  const acknowledged = new Set<number>()
  const again: number[] = []
  let next = 0
  for (const kills of [1, 40, 7, 90]) {
    const running = folder.start('run', 'p.yaml')
    const address = await addressOf(running, 'beats')
    let taken = 0
    const worker = async () => {
      const socket = await dial(address)
      socket.on('error', () => {})
      while (!socket.closed) {
        const number = again.pop() ?? next++
        if (!(await sendBatch(socket, batch(number), number % 2 === 0))) return void again.push(number)
        acknowledged.add(number)
        if (++taken === kills) running.process.kill('SIGKILL')
      }
    }
    await Promise.all(Array.from({ length: 8 }, worker))
    await running.ended
  }
  const running = folder.start('run', 'p.yaml')
  const socket = await dial(await addressOf(running, 'beats'))
  for (const number of again) expect(await sendBatch(socket, batch(number))).toBe(true)
  await hangUp(socket)
  expect(await running.stop()).toMatchObject({ code: 0 })
  const records = await recordsOf(folder, 'events')
  const expected = Array.from({ length: next }, (_, number) => batch(number)).flat()
  expect([...new Set(records)].toSorted()).toEqual(expected.toSorted())
  // What was sent again may be there twice, and nothing else.
  expect(records.length).toBeLessThanOrEqual(expected.length + again.length * EVENTS + 4 * 8 * EVENTS)
  expect(acknowledged.size).toBeGreaterThanOrEqual(138)
})

/** Sends lines one after the other, each after the answer to the one before; gives how many were answered. */
function sendLines(socket: Socket, from: number): Promise<number> {
  return new Promise((resolve) => {
    let answered = 0
    const send = () => socket.write(`line ${from + answered}\n`)
    socket.on('error', () => {}).on('close', () => resolve(answered))
    socket.on('data', (bytes) => {
      answered += bytes.length / 'OK\n'.length
      send()
    })
    send()
  })
}

// Holds netcat-durable.
test('after SIGKILL between lines, every line that was answered with OK is there', async () => {
  using folder = folderWith({ 'p.yaml': PIPELINE })
  let answered = 0
  for (const kills of [1, 60, 13]) {
    const running = folder.start('run', 'p.yaml')
    const socket = connect(portOf(await addressOf(running, 'netcat')), '127.0.0.1')
    let left = kills
    socket.on('data', (bytes) => {
      left -= bytes.length / 'OK\n'.length
      if (left <= 0) running.process.kill('SIGKILL')
    })
    answered += await sendLines(socket, answered)
    await running.ended
  }
  const records = new Set(await recordsOf(folder, 'lines'))
  expect(answered).toBeGreaterThanOrEqual(74)
  for (let line = 0; line < answered; line++) expect(records).toContain(`line ${line}`)
})

test('a stop keeps what was read of all three, and says where they listen', async () => {
  using folder = folderWith({ 'p.yaml': PIPELINE })
  const running = folder.start('run', 'p.yaml')
  const events = await dial(await addressOf(running, 'beats'))
  expect(await sendBatch(events, batch(0))).toBe(true)
  const routers = await dial(await addressOf(running, 'tcp'))
  const message = '<34>1 2026-11-30T22:14:15.003Z host su - ID47 - text'
  routers.end(`${message.length} ${message}`)
  await hangUp(routers.resume())
  const checked = await folder.tailrace('status', 'p.yaml')
  expect(checked.stdout).toContain('beats 127.0.0.1:')
  expect(await running.stop()).toMatchObject({ code: 0 })
  expect(await recordsOf(folder, 'messages')).toEqual([message])
  expect(await recordsOf(folder, 'events')).toHaveLength(EVENTS)
})
