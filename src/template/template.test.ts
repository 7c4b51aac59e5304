import fc from 'fast-check'
import { expect, test } from 'vitest'
import { describeFailure, Failure } from '../base/failure.ts'
import { batchOf } from '../record/batch.test-tool.ts'
import type { Value } from '../record/column.ts'
import { BIGINT, BOOLEAN, DATE, DOUBLE, decimal, type Field, STRING, TIMESTAMP_LTZ } from '../record/type.ts'
import { openTemplateRows, unknownNames } from './columns.ts'
import { fillTemplate } from './fill.ts'
import { jsonWarnings, readTemplateBody, type WrittenBody } from './json-body.ts'
import { LONGEST_TEMPLATE, MOST_VALUES, parseTemplate } from './template.ts'

const FIELDS: readonly Field[] = [
  { name: 'country', type: STRING },
  { name: 'n', type: BIGINT },
  { name: 'share', type: DOUBLE },
  { name: 'sum', type: decimal(10, 2) },
  { name: 'ok', type: BOOLEAN },
  { name: 'day', type: DATE },
  { name: 'at', type: TIMESTAMP_LTZ },
  { name: 'ID Nation', type: STRING },
]
const ROW: readonly Value[] = ['D"E', 9007199254740993n, 0.5, 1250n, true, 0, 1000, 'x']

const filled = (text: string, row: readonly Value[] = ROW, fields = FIELDS): string | undefined => {
  const template = parseTemplate(text)
  return fillTemplate(template, openTemplateRows([template], fields)(batchOf(fields, [row]))(0))
}

const said = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (error instanceof Failure) return describeFailure(error)
    throw error
  }
  return ''
}

test('values are as JSON and CSV have them, and with json they are JSON', () => {
  expect(filled('{{ country }} {{n}} {{ share }} {{ sum }} {{ ok }} {{ day }} {{ at }}')).toBe(
    'D"E 9007199254740993 0.5 12.50 true 1970-01-01 1970-01-01T00:00:01.000Z',
  )
  expect(filled('{{ country | json }} {{ n|json }} {{ sum | json }} {{ day | json }}')).toBe(
    '"D\\"E" 9007199254740993 12.50 "1970-01-01"',
  )
  expect(filled('{{ ID Nation }}, {{ `ID Nation` }}')).toBe('x, x')
})

test('NULL is nothing, null as JSON, or what default says', () => {
  const template = '[{{ country }}|{{ country | json }}|{{ n | default "no \\"n\\"" }}|{{ n | default "-" | json }}]'
  expect(filled(template, [])).toBe('[|null|no "n"|"-"]')
})

test('row is the whole row, unless a column has that name', () => {
  const fields = FIELDS.slice(0, 2)
  expect(filled('{{ row | json }}', ['a', 1n], fields)).toBe('{"country":"a","n":1}')
  expect(filled('{{ row }}', ['a'], [{ name: 'row', type: STRING }])).toBe('a')
})

test('text around values stays as it is, braces that are none of ours included', () => {
  expect(filled('{"a":{"n":{{ n }}}} }} {x} {{ "{{" }} {{ "a }} | b" }}')).toBe(
    '{"a":{"n":9007199254740993}} }} {x} {{ a }} | b',
  )
})

test('all mistakes are said at once, with their places', () => {
  expect(said(() => parseTemplate('a {{ n | upperr }}\n{{ n | jsn }} {{ }} {{ n | default x }}\n {{ n'))).toBe(
    `line 1:10: there is no filter upperr
  a {{ n | upperr }}
           ^^^^^^
  The filters are json and default "…"; compute the rest in the query.

line 2:8: there is no filter jsn
  {{ n | jsn }} {{ }} {{ n | default x }}
         ^^^
  Did you mean json? The filters are json and default "…"; compute the rest in the query.

line 2:15: there is no name between {{ and }}
  {{ n | jsn }} {{ }} {{ n | default x }}
                ^^^^^
  Write the name of a column: {{ column }}.

line 2:28: there is no filter default x
  {{ n | jsn }} {{ }} {{ n | default x }}
                             ^^^^^^^^^
  Did you mean default? The filters are json and default "…"; compute the rest in the query.

line 3:2: {{ is not closed by }}
   {{ n
   ^^
  Write {{ column }}; where {{ itself is meant: {{ "{{" }}.`,
  )
})

test('a name that is no column is said with the nearest one', () => {
  const template = parseTemplate('x\n{{ n }} {{ contry | json }} {{ row }}')
  expect(unknownNames(template, ['country', 'n']).map(describeFailure)).toEqual([
    `line 2:9: there is no column contry
  {{ n }} {{ contry | json }} {{ row }}
          ^^^^^^^^^^^^^^^^^^^
  Did you mean country? The columns are country, n.`,
  ])
})

test('templates and what comes of them have limits', () => {
  expect(said(() => parseTemplate('x'.repeat(LONGEST_TEMPLATE + 1)))).toContain(
    'a template has at most 65536 characters',
  )
  expect(said(() => parseTemplate('{{ n }}'.repeat(MOST_VALUES + 1)))).toContain('a template has at most 500 values')
  const template = parseTemplate('{{ a }}{{ a }}')
  expect(fillTemplate(template, () => '"12345"', { most: 10 })).toBe('1234512345')
  expect(fillTemplate(template, () => '"123456"', { most: 10 })).toBeUndefined()
})

test('a text is read or refused, whatever it is, and one without braces is itself', () => {
  const pieces = fc.constantFrom('{{', '}}', '{', '}', '|', '"', '`', '\\', ' ', '\n', 'n', 'json', 'default', 'é')
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 20 }), (some) => {
      const text = some.join('')
      let template: ReturnType<typeof parseTemplate>
      try {
        template = parseTemplate(text)
      } catch (error) {
        expect(error).toBeInstanceOf(Failure)
        return
      }
      const outcome = fillTemplate(template, () => '1')
      if (!text.includes('{{')) expect(outcome).toBe(text)
      else expect(outcome).toBeDefined()
    }),
    { numRuns: 2000 },
  )
})

const bodyOf = (body: WrittenBody, row: readonly Value[]): unknown => {
  const { template, mistakes } = readTemplateBody(body)
  expect(mistakes).toEqual([])
  const text = fillTemplate(template, openTemplateRows([template], FIELDS)(batchOf(FIELDS, [row]))(0))
  return JSON.parse(text ?? '')
}

test('a body that is a group of keys is JSON, whatever the values are', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.option(fc.integer()), (country, n) => {
      const made = bodyOf(
        {
          'a"': 'in {{ country }}: "{{ n }}", {{ country | json }}{{ "" }}',
          b: ['{{ country | json }}', '{{ n | json }}', '{{ n | json }}!'],
          c: null,
          d: 1.5,
          row: '{{ row | json }}',
        },
        [country, n === null ? null : BigInt(n)],
      )
      expect(made).toEqual({
        'a"': `in ${country}: "${n ?? ''}", ${JSON.stringify(country)}`,
        b: [country, n, `${n}!`],
        c: null,
        d: 1.5,
        row: { country, n, share: null, sum: null, ok: null, day: null, at: null, 'ID Nation': null },
      })
    }),
  )
})

test('a mistake in a body is said with the path to its text', () => {
  const { mistakes, texts } = readTemplateBody({ a: { b: ['{{ n | jso }}', '{{ n }}'] } })
  expect(mistakes.map(({ path, failure }) => [path, failure.message])).toEqual([
    [['a', 'b', 0], 'there is no filter jso'],
  ])
  expect(texts.map(({ path }) => path)).toEqual([
    ['a', 'b', 0],
    ['a', 'b', 1],
  ])
})

test('a text that looks like JSON is warned of where a value may break it', () => {
  const warnings = (text: string) => jsonWarnings(parseTemplate(text), FIELDS).map(({ message }) => message)
  expect(warnings('{"text":"{{ country }}"}')).toEqual([
    '{{ country }} is not escaped: a value with a quote in it makes the body something else',
  ])
  expect(warnings('{"text":"{{ country | json }}"}')).toEqual([
    '{{ country | json }} stands between quotes, and brings quotes of its own where it is a text',
  ])
  expect(warnings('[{"n":{{ n }}}]')).toEqual(['{{ n }} is nothing where it is NULL, and the body is no JSON then'])
  expect(warnings('{"a":{{ country | json }},"n":{{ n | default "0" }},"s":"no. {{ n }}"}')).toEqual([])
  expect(warnings('{{ country }} failed')).toEqual([])
})
