/**
 * The configuration of a node, as the folder that its virtual machine is given. All nodes have the same ports, each at an
 * address of its own: 127.0.0.1, 127.0.0.2, 127.0.0.3. So a client needs one port, and finds the others by their addresses.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Certificate, STORE_PASSWORD } from './security.ts'

export type Ports = {
  /** For clients, by Cassandra's own protocol. */
  readonly native: number
  /** Between the nodes. */
  readonly storage: number
}

export type Node = {
  /** From 1. */
  readonly id: number
  readonly folder: string
  readonly address: string
  /** Where it begins in the ring: nodes of a test own equal parts of it. */
  readonly token: bigint
}

/** A setting of cassandra.yaml is a scalar, or JSON, which YAML reads as it is. */
export type Settings = Readonly<Record<string, unknown>>

export type ClusterSettings = {
  readonly ports: Ports
  readonly seed: string
  /** Given: clients need a password, TLS, and a certificate of their own. */
  readonly certificate: Certificate | undefined
  /** Further settings of every node, or others than ours. */
  readonly more: Settings
}

/** Writes `conf` in the folder of the node, and gives its path. */
export async function writeSettings(node: Node, cluster: ClusterSettings): Promise<string> {
  const conf = join(node.folder, 'conf')
  await mkdir(conf, { recursive: true })
  const lines = Object.entries({ ...settingsOf(node, cluster), ...cluster.more })
  const yaml = lines.map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`).join('')
  await writeFile(join(conf, 'cassandra.yaml'), yaml)
  await writeFile(join(conf, 'logback.xml'), LOGBACK)
  return conf
}

/** Where a node keeps everything. */
export const dataFolder = (node: Node): string => join(node.folder, 'data')

function settingsOf(node: Node, { ports, seed, certificate }: ClusterSettings): Settings {
  const data = dataFolder(node)
  return {
    cluster_name: 'tailrace',
    num_tokens: 1,
    initial_token: String(node.token),
    // The ring is made at once, with nothing in it to be moved.
    auto_bootstrap: false,
    partitioner: 'org.apache.cassandra.dht.Murmur3Partitioner',
    endpoint_snitch: 'SimpleSnitch',
    seed_provider: [
      {
        class_name: 'org.apache.cassandra.locator.SimpleSeedProvider',
        parameters: [{ seeds: `${seed}:${ports.storage}` }],
      },
    ],
    listen_address: node.address,
    rpc_address: node.address,
    storage_port: ports.storage,
    native_transport_port: ports.native,
    start_native_transport: true,
    // A write is acknowledged when it is in the log on the disk. By default it may be lost when a node is killed within
    // 100 ms after that: only marks, which are set that often, say up to where the log is read again.
    commitlog_sync: 'batch',
    commitlog_segment_size: '16MiB',
    commitlog_directory: join(data, 'commitlog'),
    data_file_directories: [join(data, 'data')],
    saved_caches_directory: join(data, 'saved_caches'),
    hints_directory: join(data, 'hints'),
    cdc_raw_directory: join(data, 'cdc_raw'),
    memtable_heap_space: '96MiB',
    memtable_offheap_space: '64MiB',
    file_cache_size: '32MiB',
    networking_cache_size: '32MiB',
    key_cache_size: '8MiB',
    concurrent_reads: 8,
    concurrent_writes: 16,
    concurrent_compactors: 1,
    auto_snapshot: false,
    disk_failure_policy: 'die',
    ...(certificate !== undefined && {
      authenticator: 'PasswordAuthenticator',
      authorizer: 'CassandraAuthorizer',
      role_manager: 'CassandraRoleManager',
      client_encryption_options: {
        enabled: true,
        optional: false,
        keystore: certificate.store,
        keystore_password: STORE_PASSWORD,
        store_type: 'PKCS12',
        require_client_auth: true,
        truststore: certificate.store,
        truststore_password: STORE_PASSWORD,
      },
    }),
  }
}

/** Warnings go to standard output, which is the log of the process. */
const LOGBACK = `<configuration>
  <appender name="CONSOLE" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%d{HH:mm:ss.SSS} %-5level %logger{0}: %msg%n%ex{short}</pattern></encoder>
  </appender>
  <root level="WARN"><appender-ref ref="CONSOLE"/></root>
</configuration>
`
