import { expect, test } from 'vitest'
import * as z from 'zod'
import { shortForm } from './options.ts'

const options = shortForm('path', z.strictObject({ path: z.string().min(1), deep: z.boolean().prefault(false) }))

test('a text alone stands for one member', () => {
  expect(options.parse('a.log')).toEqual({ path: 'a.log', deep: false })
  expect(options.parse({ path: 'a.log', deep: true })).toEqual({ path: 'a.log', deep: true })
})

test('errors are about the full form, and the JSON Schema has both', () => {
  expect(options.safeParse({ pth: 'a.log' }).error?.issues.at(-1)?.message).toBe('Unrecognized key: "pth"')
  expect(options.safeParse('').error?.issues[0]?.path).toEqual(['path'])
  expect(z.toJSONSchema(options, { io: 'input' })).toMatchObject({
    anyOf: [{ type: ['string', 'number'] }, { type: 'object', required: ['path'], additionalProperties: false }],
  })
})
