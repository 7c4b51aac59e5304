/** Results of tests as JUnit XML, which servers of continuous integration read. */
import { describeFailure } from '../../base/failure.ts'
import { coloursIf } from '../../terminal/colour.ts'
import { type DoneTest, diffLines } from './result.ts'

/** One suite with the name of the pipeline. */
export function junitXml(pipeline: string, done: readonly DoneTest[]): string {
  const failed = done.filter(({ failures }) => failures.length > 0).length
  const cases = done.map((one) => testCase(pipeline, one))
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite name="${escaped(pipeline)}" tests="${done.length}" failures="${failed}" time="${seconds(done)}">`,
    ...cases,
    '</testsuite>',
    '',
  ].join('\n')
}

function testCase(pipeline: string, { name, ms, failures }: DoneTest): string {
  const head = `  <testcase classname="${escaped(pipeline)}" name="${escaped(name)}" time="${seconds([{ ms }])}"`
  if (failures.length === 0) return `${head}/>`
  const text = failures.flatMap(({ failure, diff }) => [
    describeFailure(failure),
    ...(diff === undefined ? [] : diffLines(diff, coloursIf(false))),
  ])
  const message = failures.map(({ failure }) => failure.message).join('; ')
  return `${head}>\n    <failure message="${escaped(message)}">${escaped(text.join('\n'))}</failure>\n  </testcase>`
}

const seconds = (done: readonly Pick<DoneTest, 'ms'>[]): string =>
  (done.reduce((sum, { ms }) => sum + ms, 0) / 1000).toFixed(3)

/** XML has no way to write most control characters. */
const escaped = (text: string): string =>
  text
    .replaceAll(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
