/**
 * Makes `src/source/made/payments/names.ts`, the names of the generator of payments, by faker from a fixed seed. Run it after an
 * update of faker: node tools/pool-names.ts
 */
import { writeFileSync } from 'node:fs'
import { fakerEN } from '@faker-js/faker'

const CUSTOMERS = 400
const MERCHANTS = 60

fakerEN.seed(14)
const customers = different(CUSTOMERS, () => fakerEN.person.fullName())
const merchants = different(MERCHANTS, () => fakerEN.company.name())

function different(count: number, make: () => string): readonly string[] {
  const found = new Set<string>()
  while (found.size < count) found.add(make())
  return [...found]
}

/** A few lines of names, as one text: a list with one name a line would be as long as all other code of the generator. */
function listed(names: readonly string[]): string {
  const lines: string[] = ['']
  for (const name of names) {
    const last = lines.at(-1) as string
    const longer = last === '' ? name : `${last};${name}`
    if (longer.length > 112) lines.push(name)
    else lines[lines.length - 1] = longer
  }
  return lines.join('\n')
}

writeFileSync(
  'src/source/made/payments/names.ts',
  `/** Names that nobody has, made by faker: see tools/pool-names.ts, which writes this file. */

const names = (text: string): readonly string[] => text.trim().split(/[;\\n]/)

export const CUSTOMER_NAMES: readonly string[] = names(\`
${listed(customers)}
\`)

export const MERCHANT_NAMES: readonly string[] = names(\`
${listed(merchants)}
\`)
`,
)
