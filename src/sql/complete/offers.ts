/** The functions and words that completions offer. */
import { AGGREGATES } from '../bind/aggregates.ts'
import { scalarFunctions } from '../function/all.ts'
import { EXAMPLES } from '../function/examples.ts'
import type { ScalarFunction } from '../function/function.ts'
import { RANKINGS } from '../function/known.ts'
import type { Completion } from './completion.ts'

/** Functions that are called by their name; operators and those without parentheses are no completion. */
const isCalled = ({ name, usage }: ScalarFunction): boolean => /^\w+$/.test(name) && usage.startsWith(`${name}(`)

const called = ({ name, usage, summary }: Pick<ScalarFunction, 'name' | 'usage' | 'summary'>): Completion => ({
  kind: 'function',
  label: name,
  text: `${name}(`,
  detail: usage,
  about: EXAMPLES.has(name) ? `${summary} For example: ${EXAMPLES.get(name)}` : summary,
})

/** Scalar functions, aggregates and functions with OVER, by name. */
export const FUNCTIONS: readonly Completion[] = [
  ...[...AGGREGATES.keys()].map((name) =>
    called({ name, usage: `${name}(${name === 'COUNT' ? '*' : 'x'})`, summary: 'Of all rows of a group.' }),
  ),
  ...[...RANKINGS].map((name) => called({ name, usage: `${name}(…) OVER (…)`, summary: 'Of a row among others.' })),
  ...[...scalarFunctions.values()].filter(isCalled).map(called),
]

/** What stands behind TABLE(. */
export const WINDOW_FUNCTIONS: readonly Completion[] = [
  ['TUMBLE', "TUMBLE(TABLE t, DESCRIPTOR(time), INTERVAL '1' MINUTE)", 'Windows of one size, one after the other.'],
  [
    'HOP',
    "HOP(TABLE t, DESCRIPTOR(time), INTERVAL '1' MINUTE, INTERVAL '5' MINUTE)",
    'Windows that overlap: slide, size.',
  ],
  [
    'CUMULATE',
    "CUMULATE(TABLE t, DESCRIPTOR(time), INTERVAL '1' HOUR, INTERVAL '1' DAY)",
    'Windows that grow by steps.',
  ],
  [
    'SESSION',
    "SESSION(TABLE t PARTITION BY key, DESCRIPTOR(time), INTERVAL '10' MINUTE)",
    'Windows that end with a pause.',
  ],
].map(([label = '', detail = '', about = '']) => ({ kind: 'function', label, text: `${label}(TABLE `, detail, about }))

export const keywords = (words: readonly string[]): readonly Completion[] =>
  words.map((word) => ({ kind: 'keyword', label: word.trim(), text: word, detail: '', about: '' }))
