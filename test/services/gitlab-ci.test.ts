/** The `.gitlab-ci.yml` of examples/ip-logs, run by gitlab-ci-local: in a shell of this machine, without a GitLab and a Docker engine. */
import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type GitlabProject, gitlabProject, installedGitlabCiLocal } from '../../scripts/services/gitlab-ci-local.ts'
import { temporaryFolder } from '../../src/data/data-folder.test-tool.ts'
import { EXAMPLE } from './ip-logs-example.ts'
import { isMissing } from './missing.ts'

const LIMIT_MS = 240_000
const isSkipped = await isMissing('gitlab-ci-local', installedGitlabCiLocal)
const hasEngine = spawnSync('docker', ['info']).status === 0

describe.skipIf(isSkipped)('the jobs of examples/ip-logs', { timeout: LIMIT_MS }, () => {
  const folder = temporaryFolder()
  let project: GitlabProject
  beforeAll(async () => {
    project = await gitlabProject(folder.path, EXAMPLE)
  }, LIMIT_MS)
  afterAll(() => folder[Symbol.dispose]())

  test('of stage build check the file', async () => {
    const { code, said } = await project.run('--stage', 'build')
    expect(code, said).toBe(0)
    expect(said).toContain('PASS  check')
    expect(said.match(/> pipeline ip-logs is fine/g)).toHaveLength(2)
  })

  test.skipIf(hasEngine)('of stage build say loudly that there is no engine for an image', async () => {
    const { said } = await project.run('docker')
    expect(said).toContain('SKIPPED: NO DOCKER ENGINE ANSWERS HERE')
    expect(said).toContain('WARN  docker')
  })

  test('of stage test run the tests of the file, and give the answers that are known', async () => {
    const { code, said } = await project.run('--stage', 'test')
    expect(code, said).toBe(0)
    expect(said).toContain('3 tests: all ok')
    for (const job of ['tests', 'answers']) expect(said).toContain(`PASS  ${job}`)
  })

  test('of stage before fail where nothing listens, and say what', async () => {
    const nowhere = ['KAFKA_BROKER=127.0.0.1:1', 'CASSANDRA_NODES=127.0.0.1:2'].flatMap((one) => ['--variable', one])
    const { code, said } = await project.run('--stage', 'before', ...nowhere)
    expect(code).not.toBe(0)
    expect(said).toContain('the Kafka broker at ${KAFKA} does not listen')
    expect(said).toContain('cannot reach Cassandra: no node listens')
  })

  test('of stage deploy are there on main alone', async () => {
    const stages = async () => (await project.run('--list-csv')).said.match(/^\w+;[^;]*;\w+;/gm)
    expect(await stages()).not.toContain('deploy;"";deploy;')
    await project.branch('main')
    expect(await stages()).toContain('deploy;"";deploy;')
  })
})
