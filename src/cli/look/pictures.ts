/** Shows one sheet after the other: drawn in place on a terminal that is watched, else one below the other. */
import { systemClock } from '../../base/clock.ts'
import { canRedraw, coloursIf, hasColour, type OutputStream, widthOf } from '../../terminal/colour.ts'
import { type Panel, Screen } from '../../terminal/screen.ts'
import { cutText } from '../../terminal/text.ts'
import type { Sheet } from './sheet.ts'

export type Pictures = {
  show(sheet: Sheet): void
  /** The last picture stays. */
  end(): void
}

/** Pictures on an output; `isWatched`: each replaces the one before, where the output can do that. */
export function openPictures(output: OutputStream, environment: NodeJS.ProcessEnv, isWatched: boolean): Pictures {
  const colours = coloursIf(hasColour(output, environment))
  if (isWatched && canRedraw(output, environment)) {
    let last: Sheet = () => []
    const screen = new Screen(output)
    const panel: Panel = {
      height: () => last(colours, output.columns ?? Number.POSITIVE_INFINITY).length,
      draw(width, height) {
        const lines = last(colours, width, height)
        if (lines.length <= height) return lines
        const kept = lines.slice(0, height - 1)
        return [...kept, cutText(`… ${lines.length - kept.length} more lines: a higher terminal shows them`, width)]
      },
    }
    screen.open(panel)
    return {
      show(sheet) {
        last = sheet
        screen.changed(systemClock)
      },
      end: () => screen.close(panel),
    }
  }
  let isFirst = true
  return {
    show(sheet) {
      const width = widthOf(output) ?? Number.POSITIVE_INFINITY
      const lines = sheet(colours, width)
      output.write(`${isFirst ? '' : '\n'}${lines.map((line) => `${line}\n`).join('')}`)
      isFirst = false
    },
    end() {},
  }
}
