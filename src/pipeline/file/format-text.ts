/** A format as `--format` names it with its options, read by the schema of pipeline files. */
import * as z from 'zod'
import { Failure, failureOf } from '../../base/failure.ts'
import { withoutPasswords } from '../../base/secret.ts'
import { formats, loadFormat } from '../../format/all.ts'
import type { ChosenFormat } from '../../format/format.ts'
import { format } from './format-schema.ts'
import { openPipelineText } from './pipeline-text.ts'
import { schemaProblems } from './schema-problems.ts'
import { readYaml, treeOfModule } from './yaml-tree.ts'

const OPTION = '--format'
const schema = z.strictObject({ format })

/** The format of YAML as behind `format:`. Throws a Failure `usage` with all mistakes. */
export const formatOfYaml = (text: string): Promise<ChosenFormat> =>
  formatOfValue(readYaml(OPTION, text, (value) => value).value)

/** The same of its value. */
export async function formatOfValue(value: unknown): Promise<ChosenFormat> {
  const whole = { format: value }
  await formats.loadAll()
  const read = schema.safeParse(whole)
  if (read.success) {
    const [[name, options] = []] = Object.entries(read.data.format as object)
    return { format: await loadFormat(name ?? ''), options }
  }
  const text = openPipelineText({
    file: OPTION,
    tree: treeOfModule(OPTION, whole),
    overrides: [],
    mask: withoutPasswords,
  })
  const [first, ...also] = schemaProblems(read.error, whole, schema, text)
  throw failureOf([first, ...also].flatMap((one) => (one === undefined ? [] : [asUsage(one)]))) ?? read.error
}

const asUsage = ({ message, hint }: Failure): Failure => new Failure('usage', message, { hint })
