/** Chooses dead letters of a topic, and sends the records again that were no rows of it. */
import { refuseStopped } from '../base/turns.ts'
import type { TopicReader } from '../bus/bus.ts'
import { isLate, isOfNoRow, isOfPlaces, type PlacedLetter, readLetters, reasonOf } from '../topic/letter.ts'
import { gatherLetters, groupIdOf } from './dead-groups.ts'
import type { SentChosen } from './letters/letter-view.ts'
import { type Sending, sendAgain } from './send-again.ts'

/** Which letters: of this kind, query, sink and group, and with this text in their reason. What is not given does not matter. */
export type LetterChoice = {
  readonly kind?: string | undefined
  readonly query?: string | undefined
  readonly sink?: string | undefined
  /** `LetterGroup.id`. */
  readonly group?: string | undefined
  readonly reason?: string | undefined
}

/** The letters that are meant, in order. */
export async function* chosenLetters(letters: TopicReader, choice: LetterChoice): AsyncGenerator<PlacedLetter> {
  for await (const placed of readLetters(letters)) if (isChosen(placed.letter, choice)) yield placed
}

/** Whether a letter is meant. */
export function isChosen(letter: PlacedLetter['letter'], { kind, query, sink, group, reason }: LetterChoice): boolean {
  if ((kind ?? letter.kind) !== letter.kind || (query ?? letter.query) !== letter.query) return false
  if (sink !== undefined && (isOfPlaces(letter) || letter.sink !== sink)) return false
  if (reason !== undefined && !reasonOf(letter).includes(reason)) return false
  return group === undefined || groupIdOf(letter) === group
}

/** Sends those of the letters again whose records were no rows. Rejects as `sendAgain` does. */
export async function sendChosen(
  topic: string,
  chosen: AsyncIterable<PlacedLetter>,
  sending: Sending,
): Promise<SentChosen> {
  const others = gatherLetters(() => false)
  /** The letters whose records were no rows; all others are only counted. */
  const unread = async function* () {
    for await (const placed of chosen) {
      refuseStopped(sending.stop)
      if (isOfNoRow(placed.letter)) yield placed
      else others.add(placed)
    }
  }
  const sentNow = await sendAgain(topic, unread(), sending)
  const groups = others.groups()
  const refused = groups.reduce((sum, { kind, count }) => (kind === 'sink' ? sum + count : sum), 0)
  return {
    ...sentNow,
    used: groups.reduce((sum, { count }) => sum + count, 0) - refused,
    refused,
    late: groups
      .filter(isLate)
      .flatMap(({ query, windows }) => (query !== undefined && windows !== undefined ? [{ query, windows }] : [])),
  }
}
