/** What deploy/ has fits together: images and files by their own rules, versions, and names that files of different kinds share. */
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { DockerfileParser } from 'dockerfile-ast'
import { validate } from 'dockerfile-utils'
import { expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { checkPipeline } from '../src/pipeline/check/check.ts'
import { readPipeline } from '../src/pipeline/file/load.ts'
import { loadEveryKind } from '../src/pipeline/file/load-kinds.ts'
import { healthz } from '../src/server/routes/healthz.ts'
import { readyz } from '../src/server/routes/readyz.ts'

await loadEveryKind()

const FILES = globSync('deploy/*/compose.yaml').sort()
const SERVERS = 'deploy/servers.yaml'
const read = (path: string) => readFileSync(path, 'utf8')

type Service = {
  readonly image?: string
  readonly extends?: { readonly file: string; readonly service: string }
  readonly command?: readonly string[]
  readonly environment?: { readonly [name: string]: string }
  readonly volumes?: readonly string[]
  readonly depends_on?: object
}
const servicesOf = (path: string): { readonly [name: string]: Service } => parse(read(path), { merge: true }).services

test('there is a compose file for each of the five pipelines', () => {
  expect(FILES.map((path) => path.split('/')[1])).toEqual(['access-log', 'ip-logs', 'nasa', 'payments', 'population'])
})

test('the compose files follow the schema and the rules of dclint', () => {
  const report = execFileSync('node_modules/.bin/dclint', [...FILES, SERVERS, '-c', '.dclintrc.json', '-f', 'json'])
  const files = JSON.parse(report.toString()) as readonly { readonly messages: readonly unknown[] }[]
  expect(files).toHaveLength(FILES.length + 1)
  expect(files.flatMap(({ messages }) => messages)).toEqual([])
})

test.each(FILES)('%s takes servers that exist, waits for what it has, and names them by their ports', (path) => {
  const services = servicesOf(path)
  const known = servicesOf(SERVERS)
  const { tailrace } = services
  for (const [name, service] of Object.entries(services)) {
    if (service.extends !== undefined) expect(known).toHaveProperty(service.extends.service)
    else expect({ name, image: service.image }).toMatchObject({ image: expect.stringMatching(/:\d/) })
    for (const other of Object.keys(service.depends_on ?? {})) {
      if (!Array.isArray(service.depends_on)) expect(services).toHaveProperty([other])
    }
  }
  const hosts = Object.values(tailrace?.environment ?? {}).flatMap((value) =>
    [...value.matchAll(/([a-z][a-z\d-]*):\d+/g)].map(([, host]) => host ?? ''),
  )
  expect(hosts.length).toBeGreaterThan(0)
  expect(hosts.filter((host) => !(host in services))).toEqual([])
})

const example = (path: string) => `examples/${path.split('/')[1]}`

// The examples of the last two come with their pipelines.
test.each(FILES.filter((path) => existsSync(example(path))))(
  '%s mounts files that are there, and sets the variables that they read',
  (path) => {
    const services = servicesOf(path)
    const mounted = Object.values(services).flatMap(({ volumes = [] }) =>
      volumes.flatMap((volume) =>
        volume.startsWith('.') ? normalize(join(dirname(path), volume.split(':')[0] ?? '')) : [],
      ),
    )
    expect(mounted.length).toBeGreaterThan(0)
    expect(mounted.filter((file) => !existsSync(file))).toEqual([])
    const pipeline = ['pipeline.yaml', 'cluster.yaml'].map((file) => read(join(example(path), file))).join('\n')
    const set = Object.keys(services.tailrace?.environment ?? {})
    expect(set.filter((name) => !pipeline.includes(`\${${name}`))).toEqual([])
  },
)

test.each([
  ['apache/kafka', 'kafka', 'kafka_2.13'],
  ['apache/hadoop', 'hdfs', 'hadoop-hdfs'],
  ['cassandra', 'cassandra', 'cassandra-all'],
])('the image %s has the version of the jars of %s, which the tests use', (image, service, artifact) => {
  const pom = read(`scripts/services/${service}/pom.xml`)
  const [, version] = new RegExp(`<artifactId>${artifact}</artifactId>\\s*<version>(.*)</version>`).exec(pom) ?? []
  expect(version).toBeDefined()
  expect(read(SERVERS)).toContain(`image: ${image}:${version}\n`)
})

test('the Dockerfile has no mistakes, copies what the context has, and runs as nobody in particular', () => {
  const text = read('deploy/Dockerfile')
  expect(validate(text)).toEqual([])
  // It would have found one.
  expect(validate('FROM debian\nHEALTHCHECK --every=1s CMD true\n')).toHaveLength(1)
  const instructions = DockerfileParser.parse(text).getInstructions()
  const argumentsOf = (keyword: string) =>
    instructions.filter((one) => one.getKeyword() === keyword).map((one) => one.getArgumentsContent() ?? '')
  expect(argumentsOf('USER')).toEqual(['10001:10001'])
  const copied = argumentsOf('COPY')
    .filter((one) => !one.startsWith('/'))
    .flatMap((one) => one.split(' ').slice(0, -1))
  expect(copied.filter((path) => !existsSync(path))).toEqual([])
  const { version } = JSON.parse(read('node_modules/node/package.json')) as { readonly version: string }
  expect(argumentsOf('FROM')[0]).toBe(`node:${version}-bookworm-slim AS build`)
  const own = (JSON.parse(read('package.json')) as { readonly version: string }).version
  expect(read(SERVERS)).toContain(`image: tailrace:${own}\n`)
})

type Manifest = {
  readonly kind: string
  readonly data?: { readonly [name: string]: string }
  readonly spec?: Record<string, unknown>
}

test('the pipeline in the Kubernetes manifest is fine, and its pod is that of the image', () => {
  const manifests = parseAllDocuments(read('deploy/kubernetes.yaml')).map((one) => one.toJS() as Manifest)
  expect(manifests.map(({ kind }) => kind)).toEqual(['ConfigMap', 'Service', 'StatefulSet'])
  const [config, , set] = manifests
  const environment = { TAILRACE_TOKEN: 'token' }
  const text = config?.data?.['pipeline.yaml'] ?? ''
  const { warnings } = checkPipeline(readPipeline('/etc/tailrace/pipeline.yaml', text, { environment }), 0)
  expect(warnings).toEqual([])
  expect(set?.spec).toMatchObject({
    replicas: 1,
    template: {
      spec: {
        securityContext: { runAsNonRoot: true, runAsUser: 10001 },
        containers: [
          {
            image: /image: (tailrace:.*)/.exec(read(SERVERS))?.[1],
            livenessProbe: { httpGet: { path: healthz.path, port: 'health' } },
            readinessProbe: { httpGet: { path: readyz.path, port: 'health' } },
          },
        ],
      },
    },
  })
})
