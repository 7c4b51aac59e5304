/** What options of every kind share: short forms, as `file: access.log` for `file: { path: access.log }`, secrets, and SQL. */
import * as z from 'zod'

/** Reads the full form, or a text or number alone, which is then its member `key`. */
export function shortForm<Full extends z.ZodType>(key: string, full: Full): z.ZodType<z.output<Full>> {
  const spell = (value: unknown) => (typeof value === 'string' || typeof value === 'number' ? { [key]: value } : value)
  return eitherForm(full, spell, { type: ['string', 'number'] })
}

/**
 * Reads the full form, or a short one that `spell` turns into it. Error messages are about the full form; the JSON Schema has
 * both, `short` being that of the short one.
 */
export function eitherForm<Full extends z.ZodType>(
  full: Full,
  spell: (value: unknown) => unknown,
  short: z.core.JSONSchema.BaseSchema,
): z.ZodType<z.output<Full>> {
  const either = z.preprocess(spell, full)
  either._zod.toJSONSchema = () => {
    const { $schema: _, ...schema } = z.toJSONSchema(full, { io: 'input', unrepresentable: 'any' })
    return { anyOf: [short, schema] }
  }
  return either
}

/**
 * A schema that is made when a value is first read by it: it takes some milliseconds to make those of parts that most files do not
 * have.
 */
export function lazily<Option extends z.ZodType>(make: () => Option): z.ZodType<z.output<Option>> {
  let made: Option | undefined
  return z.lazy(() => {
    made ??= make()
    return made
  })
}

const secrets: z.core.$ZodRegistry<{ readonly isSecret: true }> = z.registry()

/**
 * Marks the schema of an option as that of a secret, which is never shown: see `pipeline/file/secrets.ts`. A later refinement
 * would make another schema, so this is the last thing that is done to it.
 */
export function secretOption<Option extends z.ZodType>(option: Option): Option {
  secrets.add(option, { isSecret: true })
  return option
}

/** Whether the schema itself was marked as that of a secret. */
export const isSecretOption = (schema: z.core.$ZodType): boolean => secrets.has(schema)

const sqlTexts: z.core.$ZodRegistry<{ readonly isSql: true }> = z.registry()

/**
 * Marks the schema of an option as that of a text in SQL: a parameter in it is spelled as a literal, see
 * `pipeline/file/params/in-sql.ts`. A later refinement would make another schema, so this is the last thing that is done to it.
 */
export function sqlOption<Option extends z.ZodType>(option: Option): Option {
  sqlTexts.add(option, { isSql: true })
  return option
}

/** Whether the schema itself was marked as that of a text in SQL. */
export const isSqlOption = (schema: z.core.$ZodType): boolean => sqlTexts.has(schema)
