/**
 * `--format`: a name (`combined`), a name with the text of its main option (`regex=(?<host>\\S+) .*`), or what a pipeline file
 * has behind `format:` (`{ csv: { header: false } }`).
 */
import { Failure } from '../base/failure.ts'
import { loadFormat } from '../format/all.ts'
import type { ChosenFormat } from '../format/format.ts'

/** The format that the text names. Rejects with a Failure `usage` for one that does not exist, and for mistakes in options. */
export async function formatOption(written: string): Promise<ChosenFormat> {
  if (written === 'parquet') {
    throw new Failure('usage', 'Parquet is no format of lines', {
      hint: 'Leave --format out: a Parquet file is known by its first bytes.',
    })
  }
  const [, name, text] = /^([A-Za-z_0-9]+)=(.*)$/s.exec(written) ?? []
  if (name !== undefined && text !== undefined) return withText(name, text)
  if (/[{:\n]/.test(written)) return (await import('../pipeline/file/format-text.ts')).formatOfYaml(written)
  const format = await loadFormat(written)
  const { main } = format
  if (main?.isRequired !== true) return { format, options: {} }
  throw new Failure('usage', `format ${written} needs its ${main.option}`, {
    hint: `Write it behind the name: --format '${written}=…'`,
  })
}

async function withText(name: string, text: string): Promise<ChosenFormat> {
  if ((await loadFormat(name)).main === undefined) {
    throw new Failure('usage', `format ${name} is not given by a text`, {
      hint: `Options are written as in a pipeline file: --format '{ ${name}: { … } }'`,
    })
  }
  return (await import('../pipeline/file/format-text.ts')).formatOfValue({ [name]: text })
}
