// Sends a file to a port of this machine as fast as possible, once a process listens there: send.mjs FILE PORT
import { once } from 'node:events'
import { openSync, readSync } from 'node:fs'
import { connect } from 'node:net'

const [path, port] = process.argv.slice(2)
for (;;) {
  const socket = connect(Number(port), '127.0.0.1')
  const [error] = await Promise.race([once(socket, 'connect').then(() => []), once(socket, 'error')]).catch((e) => [e])
  if (error) {
    await new Promise((again) => setTimeout(again, 10))
    continue
  }
  const file = openSync(path)
  for (;;) {
    // A chunk belongs to the socket until it is sent.
    const chunk = Buffer.alloc(1 << 20)
    const length = readSync(file, chunk)
    if (length === 0) break
    if (!socket.write(chunk.subarray(0, length))) await once(socket, 'drain')
  }
  socket.end()
  break
}
