/** Docker's own reader of compose files takes ours. */
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { debianProgram } from '../../scripts/services/debian.ts'
import { isMissing } from './missing.ts'

const missing = await isMissing('docker-compose', () => debianProgram('compose'))

test.skipIf(missing)(
  'docker-compose reads the file, and starts the servers of a profile only when asked for them',
  () => {
    const config = execFileSync(debianProgram('compose'), ['-f', 'compose.yaml', 'config']).toString()
    const { services } = parse(config) as {
      services: Readonly<Record<string, { readonly profiles?: readonly string[] }>>
    }
    const profiles = Object.entries(services).map(([name, { profiles = [] }]) => [name, ...profiles])
    expect(profiles).toEqual([
      ['cassandra', 'cassandra'],
      ['datanode'],
      ['kafka'],
      ['kafka-1', 'three'],
      ['kafka-2', 'three'],
      ['kafka-3', 'three'],
      ['namenode'],
      ['nginx', 'nginx'],
      ['nginx-server1', 'nginx'],
      ['nginx-server2', 'nginx'],
    ])
  },
)
