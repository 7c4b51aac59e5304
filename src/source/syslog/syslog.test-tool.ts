/** Runs the source, and sends to it. */
import { createSocket } from 'node:dgram'
import { type Delivered, runSource, type SourceRun } from '../../../test/contract/source.ts'
import { syslogSource } from './syslog.ts'

/** The port that a source listens on: "syslog udp 127.0.0.1:5514, tcp 127.0.0.1:5515". */
export const portIn = (text: string, how: string): number => Number(new RegExp(`${how} \\S+:(\\d+)`).exec(text)?.[1])

/** Sends datagrams one after the other. */
export async function sendDatagrams(port: number, messages: readonly (string | Uint8Array)[]): Promise<void> {
  const socket = createSocket('udp4')
  for (const message of messages) await new Promise((sent) => socket.send(message, port, '127.0.0.1', sent))
  socket.close()
}

/** Runs the source until `use` is done and this many records have come. */
export async function takeRecords(
  options: object,
  count: number,
  use: (text: string) => Promise<void>,
  run: SourceRun = {},
): Promise<readonly Delivered[]> {
  const stop = new AbortController()
  let came = 0
  return runSource(syslogSource, options, {
    untilEnd: false,
    signal: stop.signal,
    ...run,
    onDelivery: ({ lines }) => {
      came += lines.length
      if (came >= count) stop.abort()
    },
    async started(text) {
      await use(text)
      if (count === 0) stop.abort()
    },
  })
}
