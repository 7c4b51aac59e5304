/** Options that may be written short: `file: access.log` for `file: { path: access.log }`. */
import * as z from 'zod'

/**
 * Reads the full form, or a text or number alone, which is then its member `key`. Error messages are about the full form;
 * the JSON Schema has both.
 */
export function shortForm<Full extends z.ZodType>(key: string, full: Full): z.ZodType<z.output<Full>> {
  const either = z.preprocess(
    (value) => (typeof value === 'string' || typeof value === 'number' ? { [key]: value } : value),
    full,
  )
  either._zod.toJSONSchema = () => {
    const { $schema: _, ...schema } = z.toJSONSchema(full, { io: 'input' })
    return { anyOf: [{ type: ['string', 'number'] }, schema] }
  }
  return either
}
