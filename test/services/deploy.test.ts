/** deploy/ by the programs that it is for: Docker's reader of compose files, systemd's own checks, and the steps of the image. */
import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { DockerfileParser, type Instruction } from 'dockerfile-ast'
import { expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import { debianProgram } from '../../scripts/services/debian.ts'
import { Failure } from '../../src/base/failure.ts'
import { temporaryFolder } from '../../src/data/data-folder.test-tool.ts'
import { demo } from '../cli/demo.ts'
import { folderWith } from '../cli/tailrace.ts'
import { isMissing, isNotBuilt } from './missing.ts'

vi.setConfig({ testTimeout: 600_000 })

const noCompose = await isMissing('docker-compose', () => debianProgram('compose'))
const noSystemd = await isMissing('systemd-analyze', () => debianProgram('systemd'))

const FILES = globSync('deploy/*/compose.yaml').sort()

test.skipIf(noCompose).each(FILES)(
  'docker-compose reads %s, and mounts only what is ours into the pipeline',
  (path) => {
    const env = { ...process.env, INFLUX_TOKEN: 'token', INFLUX_PASSWORD: 'password' }
    const config = execFileSync(debianProgram('compose'), ['-f', path, 'config'], { env }).toString()
    const { services } = parse(config) as { readonly services: Record<string, Record<string, unknown>> }
    expect(services.tailrace).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      command: expect.arrayContaining(['run']),
    })
    const published = Object.values(services).flatMap(({ ports = [] }) => ports as readonly unknown[])
    for (const port of published) expect(JSON.stringify(port)).toContain('127.0.0.1')
  },
)

test.skipIf(noCompose)('a compose file that has secrets does not start without them', () => {
  const env = { ...process.env, INFLUX_TOKEN: '', INFLUX_PASSWORD: '' }
  const { status, stderr } = spawnSync(debianProgram('compose'), ['-f', 'deploy/population/compose.yaml', 'config'], {
    env,
    encoding: 'utf8',
  })
  expect(status).not.toBe(0)
  expect(stderr).toMatch(/a (token|password) for InfluxDB/)
})

test.skipIf(noSystemd)('systemd finds no mistake in the unit, and little that it could still take away', () => {
  using folder = temporaryFolder()
  const unit = readFileSync('deploy/tailrace@.service', 'utf8')
  const analyze = (text: string, ...args: readonly string[]) => {
    const file = join(folder.path, 'tailrace@errors.service')
    // tailrace is not installed here.
    writeFileSync(file, text.replaceAll('/usr/bin/tailrace', '/bin/true'))
    const { status, stdout, stderr } = spawnSync(debianProgram('systemd'), [...args, file], { encoding: 'utf8' })
    return { status, said: stdout + stderr }
  }
  expect(analyze(unit, 'verify', '--man=no')).toEqual({ status: 0, said: '' })
  expect(analyze(`${unit}\n[Service]\nRestrat=always\n`, 'verify', '--man=no').said).toContain('Restrat')
  // Of 10, in tenths: what is left is the network, the journal and memory that V8 writes code to.
  expect(analyze(unit, 'security', '--offline=true', '--threshold=20', '--no-pager').status).toBe(0)
  expect(analyze('[Service]\nExecStart=/bin/true\n', 'security', '--offline=true', '--threshold=20').status).not.toBe(0)
})

/** Kubernetes' own schemas in one program; Go builds it in some minutes, so nothing does it by itself. */
function kubectlValidate(): string {
  const folders = [...(process.env.PATH ?? '').split(':'), join(homedir(), 'go/bin')]
  const found = folders.map((folder) => join(folder, 'kubectl-validate')).find((path) => existsSync(path))
  if (found !== undefined) return found
  throw new Failure('not-found', 'kubectl-validate was not built', {
    hint: 'With Go: go install sigs.k8s.io/kubectl-validate@v0.0.4',
  })
}
const noValidate = isNotBuilt('kubectl-validate', kubectlValidate)

test.skipIf(noValidate)('the Kubernetes manifest follows the schemas of Kubernetes', () => {
  using folder = temporaryFolder()
  const manifest = readFileSync('deploy/kubernetes.yaml', 'utf8')
  const validate = (text: string) => {
    const file = join(folder.path, 'kubernetes.yaml')
    writeFileSync(file, text)
    return spawnSync(kubectlValidate(), ['--version', '1.30', file], { encoding: 'utf8' })
  }
  expect(validate(manifest)).toMatchObject({ status: 0 })
  const wrong = validate(manifest.replace('serviceName:', 'servceName:'))
  expect({ status: wrong.status, said: wrong.stdout + wrong.stderr }).toMatchObject({
    status: 1,
    said: expect.stringContaining('spec.servceName'),
  })
})

const argumentsOf = (instructions: readonly Instruction[], keyword: string): readonly string[] =>
  instructions.filter((one) => one.getKeyword() === keyword).map((one) => one.getArgumentsContent() ?? '')

/** The paths that .dockerignore leaves in. */
const context = (): readonly string[] =>
  readFileSync('.dockerignore', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .flatMap((line) => globSync(line.slice(1)))

test('the steps that build the image install a tailrace that runs, from what the context has', async () => {
  using folder = temporaryFolder()
  const build = join(folder.path, 'build')
  const prefix = join(folder.path, 'opt')
  mkdirSync(build)
  for (const path of context()) cpSync(path, join(build, path), { recursive: true })
  const [first = [], last = []] = stagesOf(readFileSync('deploy/Dockerfile', 'utf8'))
  const env = { ...process.env, npm_config_update_notifier: 'false', npm_config_prefer_offline: 'true' }
  for (const step of argumentsOf(first, 'RUN')) {
    const command = step.replaceAll('/opt/tailrace', prefix)
    expect(command).toContain('npm')
    await promisify(execFile)('sh', ['-ec', command], { cwd: build, env, maxBuffer: 64 << 20 })
  }
  const tailrace = join(prefix, 'bin/tailrace')
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version: string }
  const bare = { PATH: `${join(resolve(process.execPath), '..')}:/usr/bin:/bin` }
  expect(execFileSync(tailrace, ['--version'], { env: bare, cwd: folder.path }).toString().trim()).toBe(version)

  // What the image runs by itself, and how Docker asks whether it is well.
  const entry = JSON.parse(argumentsOf(last, 'ENTRYPOINT')[0] ?? '') as readonly string[]
  expect(entry).toEqual(['tailrace'])
  const health = /CMD (\[.*\])$/s.exec(argumentsOf(last, 'HEALTHCHECK')[0] ?? '')?.[1] ?? ''
  const [node = '', ...asks] = JSON.parse(health) as readonly string[]
  expect(node).toBe('node')
  const command = JSON.parse(argumentsOf(last, 'CMD')[0] ?? '') as readonly string[]
  expect(command).toEqual(['run', 'pipeline.yaml'])
  const listens = /^TAILRACE_LISTEN=(.*)$/m.exec(argumentsOf(last, 'ENV').join('\n'))?.[1] ?? ''
  expect(listens).toBe('127.0.0.1:7070')
  const environment = { TAILRACE_LISTEN: listens.replace('7070', '0') }
  using pipeline = folderWith({ 'pipeline.yaml': demo('tcp: 127.0.0.1:0') }, environment)
  const running = pipeline.start(...command)
  const port = await running.port(/^dashboard: http:/)
  const ask = () =>
    spawnSync(
      process.execPath,
      asks.map((one) => one.replace('7070', String(port))),
    ).status
  expect(ask()).toBe(0)
  await running.stop()
  expect(ask()).toBe(1)
})

/** The instructions of each stage. */
function stagesOf(text: string): readonly (readonly Instruction[])[] {
  const stages: Instruction[][] = []
  for (const one of DockerfileParser.parse(text).getInstructions()) {
    if (one.getKeyword() === 'FROM') stages.push([])
    stages.at(-1)?.push(one)
  }
  return stages
}
