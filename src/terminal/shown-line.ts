/** The last line of a terminal, as a place for text that is replaced while work goes on. */
import { canRedraw, type OutputStream } from './colour.ts'

export type ShownLine = {
  /** Shows a text in place of the one before, cut to the width of the terminal. */
  show(text: string): void
  /** Takes the text away, so that what is printed next starts on a clean line. */
  end(): void
}

/** The line of the stream where that is a terminal that can redraw; otherwise nothing is shown. */
export function openShownLine(stream: OutputStream, environment: NodeJS.ProcessEnv): ShownLine {
  if (!canRedraw(stream, environment)) return { show() {}, end() {} }
  let isShown = false
  return {
    show(text) {
      isShown = true
      stream.write(`\r\x1b[K${text.slice(0, (stream.columns || 80) - 1)}`)
    },
    end() {
      if (isShown) stream.write('\r\x1b[K')
      isShown = false
    },
  }
}
