/** Every format there is, by the name that people write. */
import { combined, common } from './access-log.ts'
import type { Format } from './format.ts'
import { lines } from './lines.ts'

export const formats: ReadonlyMap<string, Format> = new Map(
  [combined, common, lines].map((format) => [format.name, format]),
)
