/**
 * Sends lines to a TCP source at a steady rate, each with the time at which it was sent in its path, as ms since 1970. Ten seconds of
 * event time pass in each second, so that a window of a second is closed every 100 ms. A child of `bench/kafka/latency.ts`.
 *
 *   node bench/kafka/send-lines.ts PORT RATE SECONDS
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'

const [port, rate = 0, seconds = 0] = process.argv.slice(2).map(Number)
const STEP_MS = 5
/** Seconds of event time in a second. */
const PACE = 10
const START_MS = Date.UTC(1995, 6, 1)
const MONTH = 'Jul/1995'

const socket = connect(port ?? 0, '127.0.0.1')
await once(socket, 'connect')
socket.setNoDelay(true)
const began = performance.now()
const total = rate * seconds
for (let sent = 0; sent < total; ) {
  const passed = performance.now() - began
  const due = Math.min(total, Math.floor((passed / 1000) * rate))
  const lines: string[] = []
  const now = (performance.timeOrigin + performance.now()).toFixed(2)
  for (; sent < due; sent++) {
    const eventMs = START_MS + Math.floor((sent / rate) * PACE) * 1000
    const [, time] = /T(.*)\./.exec(new Date(eventMs).toISOString()) ?? []
    const stamp = `${String(new Date(eventMs).getUTCDate()).padStart(2, '0')}/${MONTH}:${time}`
    lines.push(`host${sent % 997}.example.com - - [${stamp} +0000] "GET /shuttle/at/${now} HTTP/1.0" 200 ${sent}\n`)
  }
  if (lines.length > 0 && !socket.write(lines.join(''))) await once(socket, 'drain')
  await setTimeout(STEP_MS)
}
socket.end()
await once(socket, 'close')
