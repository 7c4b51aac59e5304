import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { beginsDocument, documentHead, documentLines } from './document.ts'

async function linesOf(text: string, cut: number): Promise<string> {
  const bytes = Buffer.from(text)
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += cut) yield bytes.subarray(at, at + cut)
  }
  const lines: Uint8Array[] = []
  for await (const piece of documentLines(pieces())) lines.push(piece)
  return Buffer.concat(lines).toString()
}

const text = fc.oneof(fc.string(), fc.constantFrom('{', '}', '[', ']', ',', '"', '\\', '\n', '\\"', '],[{'))
// JSON.parse of Node 24.21 reads some names of one escaped character wrongly.
const key = text.filter((each) => each.length !== 1 || JSON.stringify(each).length === 3)
const object = fc.dictionary(
  key,
  fc.oneof(
    text,
    fc.array(fc.oneof(fc.double(), fc.boolean(), text)),
    fc.array(fc.dictionary(key, text, { maxKeys: 2 }), { maxLength: 3 }),
  ),
  { minKeys: 1, maxKeys: 4, noNullPrototype: true },
)
const indent = fc.constantFrom<string | number>(0, 1, 2, '\t')

test('each object of a document is a line, wherever it comes in pieces, and no byte moves', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(object, { minLength: 1, maxLength: 5 }),
      indent,
      fc.boolean(),
      fc.constantFrom('\n', '\r\n'),
      fc.integer({ min: 1, max: 50 }),
      async (objects, by, isArray, end, cut) => {
        const each = objects.map((one) => JSON.stringify(one, null, by))
        const written = isArray ? JSON.stringify(objects, null, by) : each.join('\n')
        const document = `${written.replaceAll('\n', end)}${end}`
        const lines = await linesOf(document, cut)
        expect(lines.split('\n').map((line) => JSON.parse(line))).toEqual(
          objects.map((one) => JSON.parse(JSON.stringify(one))),
        )
        expect(Buffer.from(documentHead(Buffer.from(document))).toString()).toBe(lines)
        for (let at = 0; at < lines.length; at++) {
          if (lines[at] !== document[at]) expect(`${document[at]}${lines[at]}`).toMatch(/^[[\],\r\n][ \n]$/)
        }
        if (isArray || (each[0] as string).includes('\n')) expect(beginsDocument(Buffer.from(document))).toBe(true)
        else expect(beginsDocument(Buffer.from(document))).toBe(false)
      },
    ),
  )
})

test('what begins with a bracket is not always a document', () => {
  const is = (head: string) => beginsDocument(Buffer.from(head))
  expect(
    ['[]', '[ ]\n', '[{"a":1}]', '\ufeff[\n{"a":1},\n{"a":2}]', '{\n  "a": 1\n}', '{"a": {\n"b": 1}}'].map(is),
  ).not.toContain(false)
  const lines = [
    '',
    '[Wed Oct 11 14:32:52 2000] [error] x\n',
    '[1, 2]\n[3]\n',
    '{"a":1}\n{"a":2}\n',
    '{"a":1}',
    // The first line was cut off.
    '{"a":1,"b":\n{"a":2,"b":1}\n{"a":3,"b":1}\n',
    '{"a":1,"b":"x\n{"a":2,"b":"y"}\n',
    '[{"a":1, broken}, {"a":2}]',
  ]
  expect(lines.map(is)).not.toContain(true)
})

test('a quote too many spoils the lines around it, and not the rest', async () => {
  const lines = await linesOf('[\n{"a":"x"},\n{"a":"y},\n{"a":"z"},\n{"b":\n1}\n]', 7)
  const read = lines.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line)]
    } catch {
      return []
    }
  })
  expect(read).toEqual([{ a: 'x' }, { a: 'z' }, { b: 1 }])
})

test('the mark at the beginning is a blank, wherever it comes in pieces', async () => {
  for (let cut = 1; cut < 6; cut++) expect(await linesOf('\ufeff[{"a":1},{"a":2}]', cut)).toBe('    {"a":1}\n{"a":2}')
})

test('an empty document has no lines', async () => {
  expect(await linesOf('[\n]\n', 2)).toBe('')
  expect(await linesOf('[]', 1)).toBe('')
})
