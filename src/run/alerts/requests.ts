/** What other processes may ask about alerts: how they stand, and to silence them. */
import * as z from 'zod'
import type { Silence, Silences } from '../../alert/silences.ts'
import { Failure } from '../../base/failure.ts'
import { nearest } from '../../base/nearest.ts'
import type { CheckedPipeline } from '../../pipeline/checked.ts'

const key = z.record(z.string(), z.string())

type Asked = { readonly name: string; readonly key?: Silence['key'] | undefined }

/** `until` is in ms since 1970. */
export type AskedSilence = Asked & Omit<Silence, 'alert'>

/** The most characters of the reason of a silence. */
export const MOST_REASON = 500

export const silenceRequest: z.ZodType<AskedSilence> = z.object({
  name: z.string(),
  key,
  until: z.number(),
  reason: z.string().max(MOST_REASON).optional(),
})
export const unsilenceRequest: z.ZodType<Asked> = z.object({ name: z.string(), key: key.optional() })

/** Adds a silence. Rejects with a Failure 'usage' where the pipeline has no such alert, or the alert no such key. */
export async function silence(
  asked: AskedSilence,
  pipeline: Pick<CheckedPipeline, 'alerts'>,
  silences: Silences,
): Promise<{ readonly until: number }> {
  refuseUnknown(asked, pipeline)
  const { name, ...about } = asked
  await silences.add({ alert: name, ...about })
  return { until: about.until }
}

/** Ends silences: those of a key, or all of the alert. The alert may be gone. */
export const unsilence = async ({ name, key }: Asked, silences: Silences): Promise<{ readonly ended: number }> => ({
  ended: await silences.end(name, key),
})

function refuseUnknown({ name, key = {} }: Asked, { alerts }: Pick<CheckedPipeline, 'alerts'>): void {
  const alert = alerts.find((one) => one.name === name)
  const refuse = (message: string, word: string, known: readonly string[]) => {
    const near = nearest(word, known)
    const all = known.length === 0 ? 'There are none.' : `There are: ${known.join(', ')}.`
    return new Failure('usage', message, { hint: near === undefined ? all : `Did you mean ${near}? ${all}` })
  }
  if (alert === undefined) {
    const names = alerts.map((one) => one.name)
    throw refuse(`the pipeline has no alert "${name}"`, name, names)
  }
  const wrong = Object.keys(key).find((column) => !alert.key.includes(column))
  if (wrong !== undefined) throw refuse(`alert "${name}" has no key column "${wrong}"`, wrong, alert.key)
}
