/** Opens formats with their options: what readers of records call, in place of the formats themselves. */
import type { Records } from '../record/column.ts'
import type { ChosenFormat, OpenFormat, PrepareContext } from './format.ts'

/** What the options name is there afterwards. Called once for each check or run. Rejects like `Format.prepare`. */
export async function prepareFormat(chosen: ChosenFormat, context: PrepareContext): Promise<ChosenFormat> {
  const { format, options } = chosen
  return format.prepare === undefined ? chosen : { format, options: await format.prepare(options, context) }
}

/** Opens a prepared format. Throws like `Format.open`. */
export const openFormat = ({ format, options }: ChosenFormat, sample: Records | undefined): OpenFormat =>
  format.open(options, sample)
