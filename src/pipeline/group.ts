/** The consumer groups of a pipeline: each query and sink is one of its own, under which every tool of the bus shows its lag. */
import type { CheckedPipeline } from './checked.ts'

export type GroupKind = 'query' | 'sink'

/** The group of a query or sink where the file does not say `group`. */
export const groupName = (pipeline: string, kind: GroupKind, name: string): string => `${pipeline}.${kind}.${name}`

/** Whether the group is that of a query or sink without `group`, whatever its pipeline is called. */
export const isGroupOf = (group: string, kind: GroupKind, name: string): boolean => group.endsWith(`.${kind}.${name}`)

/** The group of a query or sink, also of one that the pipeline no longer has. */
export function groupOf(
  { name: pipeline, queries, sinks }: Pick<CheckedPipeline, 'name' | 'queries' | 'sinks'>,
  kind: GroupKind,
  name: string,
): string {
  const parts: readonly { readonly name: string; readonly group: string }[] = kind === 'query' ? queries : sinks
  return parts.find((part) => part.name === name)?.group ?? groupName(pipeline, kind, name)
}
