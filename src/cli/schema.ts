/**
 * `tailrace schema`: the JSON Schemas of the pipeline file, for an editor that completes and checks it, and of a status; the OpenAPI
 * document of the API; and the schemas in Avro of the topics and queries of a pipeline, which it registers if asked to.
 */
import { Command } from 'commander'
import { systemClock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import { nearest } from '../base/nearest.ts'
import { checkPipeline } from '../pipeline/check/check.ts'
import { allTopics, type CheckedPipeline, type CheckedTopic } from '../pipeline/checked.ts'
import { loadForCheck } from '../pipeline/file/load.ts'
import { pipelineJsonSchema } from '../pipeline/file/schema.ts'
import { statusJsonSchema } from '../run/status/schema.ts'
import { sourcesOf } from './option/pipeline.ts'
import { collect } from './option/repeated.ts'
import { say } from './say.ts'

const SCHEMAS: { readonly [of: string]: (version: string) => object | Promise<object> } = {
  pipeline: pipelineJsonSchema,
  status: statusJsonSchema,
  async api(version) {
    const [{ openApi }, { routes }] = await Promise.all([
      import('../server/openapi/openapi.ts'),
      import('../server/routes/all.ts'),
    ])
    return openApi(routes, { version, needsToken: true })
  },
}

type SchemaOptions = {
  readonly with: readonly string[]
  readonly set: readonly string[]
  readonly register?: boolean
  readonly subject?: string
  readonly registry?: string
}

/** The command `schema`. */
export function schemaCommand(): Command {
  return new Command('schema')
    .description(
      'Prints the JSON Schema of the pipeline file or of a status, the OpenAPI document, or the Avro schema of a topic or query.',
    )
    .argument(
      '[OF]',
      'pipeline, status (what status, topics and groups print with --json), api (OpenAPI), or a pipeline file',
      'pipeline',
    )
    .argument('[NAME]', 'a topic, query or report of that file')
    .option('--register', 'register the Avro schema, as the next version of its subject')
    .option('--subject <name>', 'the subject (default: that of the topic, or TOPIC-value)')
    .option('--registry <url>', 'the registry (default: that of the topic, or of another topic of the pipeline)')
    .option('--with <file>', 'lay a file over the pipeline; may be repeated, in order', collect, [])
    .option(
      '--set <name=value>',
      'give a parameter a value, or a path of the file: a.b=c; may be repeated',
      collect,
      [],
    )
    .addHelpText(
      'after',
      `
Examples:
  tailrace schema > pipeline.schema.json
  tailrace schema status > status.schema.json
  tailrace schema api > openapi.json
  tailrace schema payments.yaml payment
  tailrace schema payments.yaml by_minute --register --subject payments-by-minute

With the YAML language server, the first line of a pipeline is then:
  # yaml-language-server: $schema=pipeline.schema.json
`,
    )
    .action(printSchema)
}

async function printSchema(
  of: string,
  name: string | undefined,
  options: SchemaOptions,
  command: Command,
): Promise<void> {
  const made = name === undefined && Object.hasOwn(SCHEMAS, of) ? SCHEMAS[of] : undefined
  if (made !== undefined) return print(await made(command.parent?.version() ?? ''))
  if (name === undefined) {
    throw new Failure('usage', `schema of what in ${of}?`, {
      hint: 'Name a topic or a query: tailrace schema PIPELINE NAME. Without a file: pipeline, status or api.',
    })
  }
  const loaded = await loadForCheck(of, sourcesOf(options))
  const { pipeline } = checkPipeline(loaded, systemClock.now())
  await avroSchema(topicOf(name, pipeline), pipeline, options)
}

async function avroSchema(checked: CheckedTopic, pipeline: CheckedPipeline, options: SchemaOptions): Promise<void> {
  const { describeSchema, registerSchema, registryOf } = await import('../format/avro/describe.ts')
  const { topic, fields, chosen } = checked
  const described = describeSchema(topic, fields, chosen)
  print(JSON.parse(described.schema))
  if (options.register !== true) return
  const others = pipeline.topics.map((one) => registryOf(one.chosen)).find((one) => one !== undefined)
  const registry =
    options.registry === undefined
      ? (described.registry ?? others)
      : { url: options.registry, timeout: REGISTRY_TIMEOUT_MS, tls: true }
  const subject = options.subject ?? described.subject
  const id = await registerSchema({ ...described, registry, subject }, pipeline.folder)
  say(`registered under subject ${subject}: its id is ${id}`)
}

const REGISTRY_TIMEOUT_MS = 10_000

function topicOf(name: string, pipeline: CheckedPipeline): CheckedTopic {
  const topics = allTopics(pipeline)
  const found = topics.find((topic) => topic.name === name || topic.topic === name)
  if (found !== undefined) return found
  const names = topics.map((topic) => topic.name)
  const near = nearest(name, names)
  throw new Failure('not-found', `there is no topic, query or report ${name}`, {
    hint: near === undefined ? `There are ${names.join(', ')}.` : `Did you mean ${near}?`,
  })
}

const print = (json: unknown): void => void process.stdout.write(`${JSON.stringify(json, null, 2)}\n`)
