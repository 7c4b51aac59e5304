/** Asks a person whether `run --fresh` may remove what it lists. */
import { Failure } from '../../base/failure.ts'
import type { Confirm } from '../../run/again/start-over.ts'
import { say } from '../say.ts'

/** Asks on the terminal; without one, rejects with a Failure unless `isAllowed`. The list is shown in any case. */
export const askFresh =
  (isAllowed: boolean): Confirm =>
  async (losses) => {
    const list = losses.map((loss) => `  ${loss}`).join('\n')
    const canAnswer = process.stdin.isTTY === true && process.stderr.isTTY === true
    if (isAllowed) return say(`--fresh removes:\n${list}`)
    if (!canAnswer) {
      throw new Failure('usage', '--fresh removes what the pipeline has kept, and nobody can be asked here', {
        hint: `Add --yes to remove:\n${list}`,
      })
    }
    if (await isConfirmed(`--fresh removes:\n${list}\nRemove all of this? [y/N] `)) return
    throw new Failure('usage', 'nothing was removed, and nothing runs')
  }

/** Whether the answer is yes; Ctrl-C and the end of the input are no. */
async function isConfirmed(question: string): Promise<boolean> {
  // Loaded here, as few runs ask.
  const { createInterface } = await import('node:readline/promises')
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^\s*y(es)?\s*$/i.test(await lines.question(question))
  } catch (error) {
    if (!(error instanceof Error && error.name === 'AbortError')) throw error
    process.stderr.write('\n')
    return false
  } finally {
    lines.close()
  }
}
