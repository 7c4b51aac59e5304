/**
 * A run as the person at its terminal sees it: below the live tables a line that says whether lines come, how far event time
 * is and what was lost, and in the tables the rows that open windows have so far. Drawn each second, until the run ends.
 */
import { type Clock, slept } from '../../base/clock.ts'
import type { Duration } from '../../base/quantity.ts'
import { countText } from '../../base/units.ts'
import type { RunSigns, SignsOfLife } from '../../run/run-options.ts'
import type { SharedOutput } from '../../terminal/output.ts'
import type { Panel } from '../../terminal/screen.ts'
import { cutText, textWidth } from '../../terminal/text.ts'
import { numberText, rateText, shortTime } from './words.ts'

/** The time between two looks. */
const STEP_MS: Duration = 1000
const BETWEEN = ' · '

export type WatchedRun = {
  /** Begins to show a run. */
  show(signs: RunSigns): void
  /** Takes the line away; the tables stay as they are. */
  end(): void
}

/** Shows a run on the screen of the output; nothing where the output has none. */
export function watchRun(output: SharedOutput, clock: Clock): WatchedRun {
  const { screen, stream, colours } = output
  if (screen === undefined) return { show() {}, end() {} }
  const ended = new AbortController()
  let texts: LineTexts = { whole: [], brief: [] }
  const panel: Panel = {
    height: () => linesOf(texts, (stream.columns || 80) - 1).length,
    draw: (width, height) =>
      linesOf(texts, width)
        .slice(0, height)
        .map((line) => colours.dim(cutText(line, width))),
  }
  const look = async (signs: RunSigns) => {
    let before: SignsOfLife | undefined
    do {
      const now = signs.counts()
      texts = textsOf(now, before)
      before = now
      for (const topic of output.shown()) output.showProvisional(topic, signs.openWindows(topic) ?? [])
      screen.changed(clock)
    } while (await slept(clock, STEP_MS, ended.signal))
  }
  return {
    show(signs) {
      screen.open(panel)
      void look(signs)
    },
    end() {
      ended.abort()
      screen.remove(panel)
    },
  }
}

type LineTexts = { readonly whole: readonly string[]; readonly brief: readonly string[] }

/** What the line says, most important first; and the same in fewer words. */
function textsOf(now: SignsOfLife, before: SignsOfLife | undefined): LineTexts {
  const { lines, pace, latestEvent, watermark, late, dead } = now
  const wanted = pace === null ? '' : ` of ${rateText(pace)}`
  const rate = before === undefined ? '' : `, ${rateText(((lines - before.lines) * 1000) / STEP_MS)}${wanted}`
  // The first look is at the very start: lines that come within a second of it would belie "no lines yet".
  const none = before === undefined ? [] : ['no lines yet']
  const count = lines === 0 ? none : [`${countText(lines, 'line')}${rate}`]
  const mark = watermark === null ? [] : [`watermark ${watermarkPart(watermark, latestEvent)}`]
  const event = (what: string) => (latestEvent === null ? [] : [`${what} ${shortTime(latestEvent)}`])
  return {
    whole: [
      ...count,
      ...event('last event'),
      ...mark,
      `${numberText(late)} late`,
      countText(dead, 'dead letter'),
      STOPS,
    ],
    brief: [...count, ...event('event'), ...mark, `${numberText(late)} late`, `${numberText(dead)} dead`, STOPS],
  }
}

const STOPS = 'Ctrl-C stops'
/** Lines that are not worth fewer words. */
const FEW_LINES = 2

function linesOf({ whole, brief }: LineTexts, width: number): readonly string[] {
  const lines = packed(whole, width)
  return lines.length <= FEW_LINES ? lines : packed(brief, width)
}

/** Its time of day, where the day is that of the last event. */
function watermarkPart(watermark: string, latestEvent: string | null): string {
  const [day = ''] = watermark.split('T')
  const brief = shortTime(watermark)
  return latestEvent?.startsWith(day) === true ? brief.slice(day.length + 1) : brief
}

/** The parts in as few lines as they need. */
function packed(parts: readonly string[], width: number): readonly string[] {
  const lines: string[] = []
  for (const part of parts) {
    const last = lines.at(-1)
    const longer = `${last}${BETWEEN}${part}`
    if (last === undefined || textWidth(longer) > width) lines.push(part)
    else lines[lines.length - 1] = longer
  }
  return lines
}
