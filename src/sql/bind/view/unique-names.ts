/** Names of columns that are told apart: a second column x is named x0, a third x1, as in Flink. */

/** The fields, each with a name of its own, which is not one of those that are `taken`. */
export function uniquelyNamed<Named extends { readonly name: string }>(
  fields: readonly Named[],
  taken: Set<string> = new Set(),
): readonly Named[] {
  return fields.map((field) => {
    let name = field.name
    for (let attempt = 0; taken.has(name); attempt++) name = `${field.name}${attempt}`
    taken.add(name)
    return name === field.name ? field : { ...field, name }
  })
}
