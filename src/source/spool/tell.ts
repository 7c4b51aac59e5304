/** What is said of files that somebody touched after they were taken. It is a failure of a run that ends with its input. */
import { Failure } from '../../base/failure.ts'
import { countText } from '../../base/units.ts'
import type { LeftOutFiles } from '../file/left-out.ts'
import type { SourceContext } from '../source.ts'
import type { TakenFile } from './place.ts'

/** Says that a file has changed. `isWhole`: it was taken as it was before, and all of that is in the topic. */
export function tellChanged(path: string, { count }: TakenFile, isWhole: boolean, leftOut: LeftOutFiles): void {
  const taken =
    count === undefined ? 'a part of it is' : `${countText(count, 'record')} of it ${count === 1 ? 'is' : 'are'}`
  const message = `${path} has changed since it was taken: ${isWhole ? taken : 'only a part of it is'} in the topic`
  const hint = 'what it has now is not taken: give it another name; longer `settle` waits for slow writers'
  leftOut.miss(new Failure('corrupt', message, { hint }), `${message}; ${hint}`)
}

/** Says that a file is gone of which the topic has only a part. */
export function tellGone(path: string, leftOut: LeftOutFiles): void {
  const message = `${path} is gone, and only a part of it was in the topic: the rest is lost`
  leftOut.miss(new Failure('not-found', message), message)
}

/** Says of the first file that somebody else has taken, too. Where two take the files of one folder, it happens all the time. */
export function tellOnceTakenAway({ warn }: Pick<SourceContext, 'warn'>): (path: string) => void {
  let hasSaid = false
  return (path) => {
    if (hasSaid) return
    hasSaid = true
    warn(
      `${path} was taken, and somebody else has moved or removed it meanwhile: if another pipeline takes files of this folder, each gets some of them, and some come twice`,
    )
  }
}
