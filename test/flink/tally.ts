/**
 * Writes docs/flink-statements.md: how the engine answers the statements that Flink was asked, `node test/flink/tally.ts`. Needs
 * ../shared/flink for the recorded ones; without it they stay as the page has them.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cases, type FlinkCase } from './cases.ts'
import { difference } from './difference.ts'
import { madeCases, nexmarkCases } from './made/made-cases.ts'
import { runCase } from './run.ts'

export const PAGE: string = join(import.meta.dirname, '../../docs/flink-statements.md')

type Tally = { equal: number; refused: number; different: number }
/** Where Flink refuses and tailrace does too, that is equal. */
type Verdict = { readonly kind: keyof Tally; readonly reason: string }

/** Errors of Flink's own types and code, and not of the statement: any answer is right. */
const FAULTS_OF_FLINK = /NOT NULL|ClassCastException|NullPointerException|CompileException|does not support retraction/

export function verdictOf(one: FlinkCase): Verdict {
  const outcome = runCase(one, 1000)
  if (one.error !== undefined) {
    const failed = outcome.kind === 'refused' || (one.error === 'runtime' && outcome.failed.length > 0)
    const isEqual = failed || (one.error === 'runtime' && FAULTS_OF_FLINK.test(one.message))
    return { kind: isEqual ? 'equal' : 'different', reason: 'Flink refuses it' }
  }
  if (outcome.kind === 'refused') return { kind: 'refused', reason: outcome.why }
  const what = difference(one, outcome)
  return { kind: what === undefined ? 'equal' : 'different', reason: what ?? '' }
}

const MADE = '## Random statements'
const RECORDED = '## Recorded statements'

/** The page as it should be; the section of the recorded statements is that of `now` where they are not there. */
export function pageOf(now: string): string {
  const recorded = cases.length === 0 ? now.slice(now.indexOf(RECORDED)) : recordedSection()
  return `# Statements that Flink was asked

How tailrace answers statements whose rows Apache Flink 2.3.0 gave: **equal** to Flink's rows (or refused where Flink refuses),
**refused** in words where Flink answers, or **different**, of which there are none beyond the
[known differences](known-differences.md). \`node test/flink/tally.ts\` writes this page, and a test holds it true.

${madeSection()}
${recorded}`
}

function madeSection(): string {
  return `${MADE}

Made from a seed by \`test/flink/made/\`, asked of a running Flink by \`make flink-goldens\`, and kept in
\`test/flink/fixtures/made.jsonl\`, so that every run of the tests compares them without a JVM. \`make soak\` asks 2,000 others.

${sectionOf(madeCases)}
## Nexmark

The queries of Nexmark (\`test/flink/nexmark/\`), in the forms that follow from event time.

${sectionOf(nexmarkCases)}`
}

function recordedSection(): string {
  return `${RECORDED}

Asked of Flink's SQL Gateway before tailrace had these parts of the language, by somebody else, so that they do not follow its habits.

${sectionOf(cases)}`
}

function sectionOf(all: readonly FlinkCase[]): string {
  const groups = new Map<string, Tally>()
  const total: Tally = { equal: 0, refused: 0, different: 0 }
  const reasons = new Map<string, number>()
  for (const one of all) {
    const { kind, reason } = verdictOf(one)
    const tally = groups.get(one.group) ?? { equal: 0, refused: 0, different: 0 }
    groups.set(one.group, tally)
    tally[kind]++
    total[kind]++
    if (kind === 'refused') reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
  }
  const row = (name: string, { equal, refused, different }: Tally) =>
    `| ${name} | ${equal} | ${refused} | ${different} |`
  const share = ((100 * total.equal) / all.length).toFixed(1)
  const refused = [...reasons].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  return `| group | equal | refused | different |
| --- | --- | --- | --- |
${[...groups].map(([name, tally]) => row(name, tally)).join('\n')}
${row(`**all: ${share} % equal**`, total)}
${refused.length === 0 ? '' : `\nRefused, with the reason that is given:\n\n${refused.map(([reason, count]) => `- ${count}: ${reason.replaceAll('|', '\\|').replaceAll('<', '&lt;')}\n`).join('')}`}`
}

if (process.argv[1] === import.meta.filename) writeFileSync(PAGE, pageOf(readFileSync(PAGE, 'utf8')))
