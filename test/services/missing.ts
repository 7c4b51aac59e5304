/** Says loudly which server is missing here, so that its tests are skipped where they cannot run. */
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
    console.warn(`SKIPPED, AS ${name.toUpperCase()} IS MISSING HERE: ${error.message}\n  ${error.hint ?? ''}`)
    return true
  }
}
