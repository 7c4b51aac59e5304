/** What cuts the bytes of followed files into lines, and says what is left out of them. */
import { LineCutter } from '../../record/line-cutter.ts'
import { holesText } from '../../record/nuls.ts'
import type { OtherNames } from '../../record/spans.ts'
import { namesFailure } from '../other-names.ts'
import type { LongestLine, SourceContext } from '../source.ts'
import type { CutterAt } from './follow.ts'
import type { LeftOutFiles } from './left-out.ts'

/** Makes cutters of files. One of a file whose first line has other names than its columns throws a Failure. */
export function cutterAt(
  { bytes, tooLong }: LongestLine,
  { warnOnce }: Pick<LeftOutFiles, 'warnOnce'>,
  context: SourceContext,
): CutterAt {
  return (path, position) => {
    let hasHole = false
    const leftOut = {
      tooLong: (at: number) => context.warn(`the line at byte ${at} of ${path} is left out: it is ${tooLong}`),
      hole: (at: number) => {
        if (!hasHole) warnOnce(holesText(path, `, first at byte ${at}`))
        hasHole = true
      },
      names: (names: OtherNames) => {
        throw namesFailure(path, names)
      },
    }
    return new LineCutter(bytes, leftOut, position, context.form)
  }
}
