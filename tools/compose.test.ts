/** The compose file is valid, and offers the versions that tests use. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

test('the compose file follows the schema and the rules of dclint', () => {
  const report = execFileSync('node_modules/.bin/dclint', ['compose.yaml', '-c', '.dclintrc.json', '-f', 'json'])
  const files = JSON.parse(report.toString()) as readonly { readonly messages: readonly unknown[] }[]
  expect(files.flatMap(({ messages }) => messages)).toEqual([])
})

test.each([
  ['apache/kafka', 'kafka', 'kafka_2.13'],
  ['apache/hadoop', 'hdfs', 'hadoop-hdfs'],
  ['cassandra', 'cassandra', 'cassandra-all'],
])('the image %s has the version of the jars of %s', (image, service, artifact) => {
  const pom = readFileSync(`scripts/services/${service}/pom.xml`, 'utf8')
  const [, version] = new RegExp(`<artifactId>${artifact}</artifactId>\\s*<version>(.*)</version>`).exec(pom) ?? []
  expect(version).toBeDefined()
  expect(readFileSync('compose.yaml', 'utf8')).toContain(`image: ${image}:${version}\n`)
})
