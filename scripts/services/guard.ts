/**
 * The temporary folder and the processes of a service, and what removes both: a small shell process at the other end of a
 * pipe. The pipe closes when the service is stopped, and also when the process that owns it fails, is interrupted or is
 * killed. So stopping and dying are one path, and nothing is left behind by either.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export type Guard = AsyncDisposable & {
  readonly folder: string
  /** From now on the process group of this leader is killed with the service. Gives the end of the process. */
  watch(leader: ChildProcess): Promise<void>
}

/** Makes the folder `/tmp/tailrace-NAME-…` and the process that guards it. Disposing kills and removes, and waits for both. */
export async function openGuard(name: string): Promise<Guard> {
  const folder = await mkdtemp(join(tmpdir(), `tailrace-${name}-`))
  const script = fileURLToPath(new URL('guard.sh', import.meta.url))
  // A session of its own, so that Ctrl-C at the terminal does not reach it.
  const shell = spawn('sh', [script, folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  shell.unref()
  // A guard that was killed cannot be written to; the service goes on without it.
  shell.stdin.on('error', () => {})
  const watched = new Set<Promise<void>>()
  const ended = once(shell, 'exit')
  return {
    folder,
    watch(leader) {
      // A process that could not be started has no number.
      if (leader.pid === undefined) return Promise.resolve()
      shell.stdin.write(`+${leader.pid}\n`)
      const gone = once(leader, 'exit').then(() => {
        watched.delete(gone)
        // Its number may soon belong to another process.
        if (shell.stdin.writable) shell.stdin.write(`-${leader.pid}\n`)
      })
      watched.add(gone)
      return gone
    },
    async [Symbol.asyncDispose]() {
      shell.stdin.end()
      shell.ref()
      await Promise.all([ended, ...watched])
    },
  }
}
