/** `tailrace schema`: the JSON Schema of the pipeline file, for an editor that completes and checks it. */
import { Command } from 'commander'
import { pipelineJsonSchema } from '../pipeline/file/schema.ts'

/** The command `schema`. */
export function schemaCommand(): Command {
  return new Command('schema')
    .description('Prints the JSON Schema of the pipeline file, for an editor that completes and checks it.')
    .addHelpText(
      'after',
      `
Example:
  tailrace schema > pipeline.schema.json

With the YAML language server, the first line of a pipeline is then:
  # yaml-language-server: $schema=pipeline.schema.json
`,
    )
    .action(() => void process.stdout.write(`${JSON.stringify(pipelineJsonSchema(), null, 2)}\n`))
}
