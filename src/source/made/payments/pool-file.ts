/**
 * Reads the file of the user's that says what payments are made of: YAML or JSON, with any of the keys `customers`, `merchants`,
 * `countries`, `methods` and `errors`. What it leaves out is what is built in.
 */
import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Document, isMap, LineCounter, type Node, parseDocument } from 'yaml'
import * as z from 'zod'
import { Failure, failuresIn, type Place, throwAll } from '../../../base/failure.ts'
import { byteText } from '../../../base/units.ts'
import type { Obstacle } from '../../obstacle.ts'
import { BUILT_IN_POOLS, type PaymentPools } from './pools.ts'

const MOST_BYTES = 4 << 20
const MOST_TEXTS = 100_000
const MOST_CHOICES = 1000
/** Limit of a text: the generator knows how long a record may be. */
const LONGEST = 100

const text = z.string().min(1).max(LONGEST)
const texts = z.array(text).min(1).max(MOST_TEXTS)
const weight = z.number().positive().max(1e9).prefault(1)
/** `2.5%`, or 0. */
const fails = z
  .string()
  .regex(/^\d+(\.\d+)?%$/, 'expected a percentage, as in 2%')
  .transform((percent) => Number(percent.slice(0, -1)) / 100)
  .refine((share) => share <= 1, 'expected 100% at most')
  .prefault('2%')

const choices = <Choice extends z.ZodType>(choice: Choice) => z.array(choice).min(1).max(MOST_CHOICES)

const pools: z.ZodType<Partial<PaymentPools>> = z.strictObject({
  customers: texts.optional(),
  merchants: texts.optional(),
  countries: choices(z.strictObject({ code: text, currency: text, weight })).optional(),
  methods: choices(z.strictObject({ name: text, weight, fails, card: z.boolean().prefault(false) })).optional(),
  errors: texts.optional(),
}) as z.ZodType<Partial<PaymentPools>>

/** The pools of a file; `folder` is where a relative path starts. Rejects with a Failure that names lines and columns. */
export async function readPools(path: string, folder: string): Promise<PaymentPools> {
  const whole = resolve(folder, path)
  const size = await stat(whole).catch((error: unknown) => {
    throw new Failure('not-found', `generator: the file of its data, ${path}, cannot be read`, {
      cause: error,
      part: ['data'],
      hint: 'A relative path starts from the folder of the pipeline file.',
    })
  })
  if (size.size > MOST_BYTES) {
    throw new Failure('limit', `generator: ${path} is longer than ${byteText(MOST_BYTES)}`, { part: ['data'] })
  }
  return poolsOfText(path, await readFile(whole, 'utf8'))
}

/** What would keep a run from using the file, each mistake with its line and column. */
export async function mistakesIn(path: string, folder: string): Promise<readonly Obstacle[]> {
  try {
    await readPools(path, folder)
    return []
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return failuresIn(error).map(({ message, hint, place }) => ({
      message: place === undefined ? message : `${place.file}:${place.line}:${place.column}: ${message}`,
      hint,
    }))
  }
}

/** The pools of the text of a file. Throws a Failure for each mistake in it. */
export function poolsOfText(file: string, source: string): PaymentPools {
  const lines = new LineCounter()
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false, logLevel: 'silent' })
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { file, line, column: col, text: source.split('\n')[line - 1] ?? '' }
  }
  throwAll(document.errors.map(({ message, pos }) => new Failure('pipeline', message, { place: placeAt(pos[0]) })))
  const read = pools.safeParse(document.toJS({ maxAliasCount: 100 }) ?? {})
  if (read.success) {
    const given = Object.entries(read.data).filter(([, value]) => value !== undefined)
    return { ...BUILT_IN_POOLS, ...Object.fromEntries(given) }
  }
  throwAll(
    read.error.issues.map(({ path, message, ...issue }) => {
      const key = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined
      const at = key === undefined ? path : [...path, key]
      const named = at.join('.')
      const said = key === undefined ? `${named === '' ? '' : `${named}: `}${message}` : `there is no key ${named} here`
      return new Failure('pipeline', said, { place: placeAt(offsetOf(document, at, key !== undefined)) })
    }),
  )
  return BUILT_IN_POOLS
}

/** Where a part of the document begins, its value or its key; if it is not there, what is around it. */
function offsetOf(document: Document, path: readonly PropertyKey[], isKey: boolean): number {
  const around = document.getIn(path.slice(0, -1), true)
  const pair = isMap(around) ? around.items.find(({ key }) => String(key) === String(path.at(-1))) : undefined
  const range = (pair?.key as Node | undefined)?.range
  if (isKey && range) return range[0]
  for (let length = path.length; length > 0; length--) {
    const inside = document.getIn(path.slice(0, length), true) as Node | undefined
    if (inside?.range) return inside.range[0]
  }
  return document.contents?.range?.[0] ?? 0
}
