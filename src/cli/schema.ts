/** `tailrace schema`: the JSON Schemas of the pipeline file, for an editor that completes and checks it, and of a status. */
import { Argument, Command } from 'commander'
import { pipelineJsonSchema } from '../pipeline/file/schema.ts'
import { statusJsonSchema } from '../run/status/schema.ts'

const SCHEMAS = { pipeline: pipelineJsonSchema, status: statusJsonSchema } as const

/** The command `schema`. */
export function schemaCommand(): Command {
  return new Command('schema')
    .description('Prints the JSON Schema of the pipeline file, for an editor that completes and checks it.')
    .addArgument(
      new Argument('[OF]', 'the pipeline file, or what status, topics and groups print with --json')
        .choices(Object.keys(SCHEMAS))
        .default('pipeline'),
    )
    .addHelpText(
      'after',
      `
Examples:
  tailrace schema > pipeline.schema.json
  tailrace schema status > status.schema.json

With the YAML language server, the first line of a pipeline is then:
  # yaml-language-server: $schema=pipeline.schema.json
`,
    )
    .action(
      async (of: keyof typeof SCHEMAS) =>
        void process.stdout.write(`${JSON.stringify(await SCHEMAS[of](), null, 2)}\n`),
    )
}
