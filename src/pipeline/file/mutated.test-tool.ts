/** Texts with random mistakes, pieces of syntax put in anywhere in the place of some characters, and what is said of them. */
import fc from 'fast-check'
import { describeFailure, Failure } from '../../base/failure.ts'

/** The messages, as a person sees them, of the Failure that `work` throws, or of the warnings that it returns. */
export function messagesOf(work: () => readonly Failure[]): string {
  try {
    return work().map(describeFailure).join('\n')
  } catch (error) {
    if (error instanceof Failure && error.message !== '') return describeFailure(error)
    throw error
  }
}

/** `text` with one to four mistakes. */
export function mutated(text: string, pieces: readonly string[]): fc.Arbitrary<string> {
  const mistake = fc.record({ at: fc.nat(text.length), cut: fc.nat(9), piece: fc.constantFrom(...pieces) })
  return fc
    .array(mistake, { minLength: 1, maxLength: 4 })
    .map((mistakes) =>
      mistakes.reduce((now, { at, cut, piece }) => now.slice(0, at) + piece + now.slice(at + cut), text),
    )
}
