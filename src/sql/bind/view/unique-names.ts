/** Names of columns that are told apart: a second column x is named x0, a third x1, as in Flink. */
import type { Field } from '../../../record/type.ts'

/** The fields, each with a name of its own. */
export function uniquelyNamed(fields: readonly Field[]): readonly Field[] {
  const taken = new Set<string>()
  return fields.map((field) => {
    let name = field.name
    for (let attempt = 0; taken.has(name); attempt++) name = `${field.name}${attempt}`
    taken.add(name)
    return name === field.name ? field : { ...field, name }
  })
}
