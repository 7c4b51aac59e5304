/** Says loudly which server is missing here, so that its tests are skipped where they cannot run. */
import { appendFileSync } from 'node:fs'
import { Failure } from '../../src/base/failure.ts'

/**
 * Whether what `install` gets is missing, such as Java or the jars of a server. Where TAILRACE_SERVICES is `required`, as in
 * `.ci/run`, a missing server is a failed test file.
 */
export async function isMissing(name: string, install: () => unknown): Promise<boolean> {
  try {
    await install()
    return false
  } catch (error) {
    if (!(error instanceof Failure) || process.env.TAILRACE_SERVICES === 'required') throw error
    return skipped(name, error)
  }
}

/** The same for what is built by hand alone: it is never required. */
export function isNotBuilt(name: string, find: () => unknown): boolean {
  try {
    find()
    return false
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return skipped(name, error)
  }
}

function skipped(name: string, { message, hint = '' }: Failure): true {
  const line = `SKIPPED, AS ${name.toUpperCase()} IS MISSING HERE: ${message}. ${hint}`
  console.warn(line)
  // Where a run of all tests shows it once more, at its end.
  const { TAILRACE_MISSING } = process.env
  if (TAILRACE_MISSING !== undefined) appendFileSync(TAILRACE_MISSING, `${line}\n`)
  return true
}
