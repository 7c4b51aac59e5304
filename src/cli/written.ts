/** Everything that the files and options of a pipeline say, laid over each other, each value with the place it comes from. */
import { Document, isCollection, isMap, isNode, isSeq, type Node } from 'yaml'
import type { PipelineText } from '../pipeline/file/pipeline-text.ts'

type Path = readonly (string | number)[]
type Origins = Pick<PipelineText, 'origin' | 'mask'>

/** As YAML with a comment behind each value. */
export function writtenYaml(written: unknown, text: Origins): string {
  const document = documentOf(written, text)
  visitValues(document.contents, [], (node, path) => {
    if (isCollection(node)) node.flow = true
    node.comment = ` ${text.origin(path)}`
  })
  return document.toString({ lineWidth: 0, flowCollectionPadding: true })
}

/** As a list. */
export function writtenJson(written: unknown, text: Origins): readonly object[] {
  const values: object[] = []
  visitValues(documentOf(written, text).contents, [], (node, path) => {
    values.push({ path: path.join('.'), value: node.toJSON(), from: text.origin(path) })
  })
  return values
}

/** Secrets are hidden before they are quoted or broken into lines, where they would not be recognized any more. */
const documentOf = (written: unknown, { mask }: Origins): Document =>
  new Document(masked(written, mask), { aliasDuplicateObjects: false })

/** The same value, with `mask` applied to each text in it. */
export const masked = (value: unknown, mask: PipelineText['mask']): unknown =>
  JSON.parse(JSON.stringify(value), (_, part: unknown) => (typeof part === 'string' ? mask(part) : part))

/** Calls `found` for each value that holds no others, in order. */
function visitValues(node: unknown, path: Path, found: (node: Node, path: Path) => void): void {
  if (isMap(node) && node.items.length > 0) {
    for (const { key, value } of node.items) visitValues(value, [...path, String(key)], found)
  } else if (isSeq(node) && node.items.length > 0) {
    node.items.forEach((item, index) => {
      visitValues(item, [...path, index], found)
    })
  } else if (isNode(node)) found(node, path)
}
