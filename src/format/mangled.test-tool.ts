/** Lines of a format with some of their bytes changed, left out or put in, for tests. */
import fc from 'fast-check'

const edit = fc.record({
  kind: fc.constantFrom('change', 'leave out', 'put in', 'cut'),
  at: fc.nat(),
  byte: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(...Buffer.from('" \\[]{}:=-0\t\r'))),
})

/** Lines in Latin-1, without line ends: some as they are, most with edits. */
export const mangledLines = (samples: readonly string[]): fc.Arbitrary<string[]> =>
  fc.array(
    fc
      .tuple(fc.constantFrom(...samples), fc.array(edit, { maxLength: 3 }))
      .map(([line, edits]) => edits.reduce((text, one) => edited(text, one), Buffer.from(line).toString('latin1'))),
    { minLength: 1, maxLength: 10 },
  )

function edited(text: string, { kind, at, byte }: { kind: string; at: number; byte: number }): string {
  const place = at % (text.length + 1)
  const letter = byte === 10 ? ' ' : String.fromCharCode(byte)
  switch (kind) {
    case 'change':
      return text.slice(0, place) + letter + text.slice(place + 1)
    case 'put in':
      return text.slice(0, place) + letter + text.slice(place)
    case 'leave out':
      return text.slice(0, place) + text.slice(place + 1 + (byte & 7))
    default:
      return text.slice(0, place)
  }
}
