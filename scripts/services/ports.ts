/**
 * Free ports on 127.0.0.1. They are below the range from which systems give ports to outgoing connections, so that a server
 * that was killed finds its port free when it starts again, and that nobody who waits for a port connects to itself.
 */
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { Failure } from '../../src/base/failure.ts'

/** `FROM-TO`; TAILRACE_PORTS in the environment chooses others. */
const DEFAULT_PORTS = '20000-29999'

const taken = new Set<number>()

/** `count` ports that no process listens on, and that were not looked at before. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const [first = 0, last = 0] = (process.env.TAILRACE_PORTS ?? DEFAULT_PORTS).split('-').map(Number)
  const range = last - first + 1
  const start = randomInt(range)
  const found: number[] = []
  for (let step = 0; step < range && found.length < count; step++) {
    const port = first + ((start + step) % range)
    if (taken.has(port)) continue
    // Before the wait, as two services may be started at the same time.
    taken.add(port)
    if (await isFree(port)) found.push(port)
  }
  if (found.length < count) throw new Failure('in-use', `no ${count} free ports between ${first} and ${last}`)
  return found
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}
