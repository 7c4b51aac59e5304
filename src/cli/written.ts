/** Everything that the files and options of a pipeline say, laid over each other, each value with the place it comes from. */
import { Document, isCollection, isMap, isNode, isSeq, type Node } from 'yaml'
import type { PipelineText } from '../pipeline/file/pipeline-text.ts'

type Path = readonly (string | number)[]
type Origins = Pick<PipelineText, 'origin'>

/** As YAML with a comment behind each value. */
export function writtenYaml(written: unknown, text: Origins): string {
  const document = new Document(written, { aliasDuplicateObjects: false })
  visitValues(document.contents, [], (node, path) => {
    if (isCollection(node)) node.flow = true
    node.comment = ` ${text.origin(path)}`
  })
  return document.toString({ lineWidth: 0, flowCollectionPadding: true })
}

/** As a list. */
export function writtenJson(written: unknown, text: Origins): readonly object[] {
  const values: object[] = []
  visitValues(new Document(written, { aliasDuplicateObjects: false }).contents, [], (node, path) => {
    values.push({ path: path.join('.'), value: node.toJSON(), from: text.origin(path) })
  })
  return values
}

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
