import { expect, test } from 'vitest'
import { Failure } from '../base/failure.ts'
import type { CheckedPipeline } from '../pipeline/checked.ts'
import { openMasks } from './masks.ts'

const hiding = (secret: string) =>
  ({ mask: (text: string) => text.replaceAll(secret, `\${${secret.toUpperCase()}}`) }) as CheckedPipeline
const [one, two, three] = [hiding('one'), hiding('two'), hiding('three')] as const
const TEXT = 'one two three'

test('from the beginning of a reload on, the values of both pipelines are hidden, whether it fails or not', async () => {
  const masks = openMasks(one)
  expect(masks.mask(TEXT)).toBe('${ONE} two three')
  const failing = masks.reloading(two, async () => {
    expect(masks.mask(TEXT)).toBe('${ONE} ${TWO} three')
    throw new Failure('io', TEXT, { hint: TEXT })
  })
  await expect(failing).rejects.toMatchObject({ message: '${ONE} ${TWO} three', hint: '${ONE} ${TWO} three' })
  // One that comes while another is at work does not uncover the values of that.
  await masks.reloading(two, () =>
    masks.reloading(three, async () => expect(masks.mask(TEXT)).toBe('${ONE} ${TWO} ${THREE}')),
  )
  expect(masks.mask(TEXT)).toBe('${ONE} ${TWO} ${THREE}')
})

test('a Failure of a command is reworded, and a bug stays what it is', async () => {
  const { inFailures } = openMasks(one)
  const failing = inFailures(() => {
    throw new Failure('usage', 'one', { also: [new Failure('io', 'one more')] })
  })
  await expect(failing).rejects.toMatchObject({ message: '${ONE}', also: [{ message: '${ONE} more' }] })
  await expect(inFailures(() => Promise.reject(new TypeError('one')))).rejects.toThrow(new TypeError('one'))
})
