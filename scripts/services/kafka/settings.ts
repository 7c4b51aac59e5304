/**
 * The settings of a broker, which is also a controller. Each has its listeners on ports of its own: PLAINTEXT for
 * clients and the other brokers, CONTROLLER, and with security SASL_SSL, SASL_PLAINTEXT and SSL.
 */
import { join } from 'node:path'
import type { Certificate } from './security.ts'
import { STORE_PASSWORD, USERS } from './security.ts'

/** The listeners for clients, each with its protocol of the same name. */
export type Listener = 'PLAINTEXT' | 'SASL_SSL' | 'SASL_PLAINTEXT' | 'SSL'

export type Node = {
  /** From 1. */
  readonly id: number
  readonly folder: string
  readonly ports: Readonly<Partial<Record<Listener, number>> & Record<'CONTROLLER' | 'PLAINTEXT', number>>
}

export const HOST = '127.0.0.1'

/** The file `server.properties` of this node of a cluster. */
export function settingsOf(node: Node, nodes: readonly Node[], certificate: Certificate | undefined): Settings {
  const copies = Math.min(3, nodes.length)
  const listeners = Object.entries(node.ports).map(([name, port]) => `${name}://${HOST}:${port}`)
  const plainLogin = 'org.apache.kafka.common.security.plain.PlainLoginModule required'
  return {
    'process.roles': 'broker,controller',
    'node.id': node.id,
    'controller.quorum.bootstrap.servers': nodes.map(({ ports }) => `${HOST}:${ports.CONTROLLER}`).join(),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    listeners: listeners.join(),
    'advertised.listeners': listeners.join(),
    'listener.security.protocol.map': Object.keys(node.ports)
      .map((name) => `${name}:${name === 'CONTROLLER' ? 'PLAINTEXT' : name}`)
      .join(),
    'log.dirs': join(node.folder, 'data'),
    'auto.create.topics.enable': false,
    'default.replication.factor': copies,
    'min.insync.replicas': Math.min(2, copies),
    'offsets.topic.num.partitions': 8,
    'offsets.topic.replication.factor': copies,
    'transaction.state.log.num.partitions': 4,
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': Math.min(2, copies),
    'share.coordinator.state.topic.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': copies,
    'share.coordinator.state.topic.min.isr': Math.min(2, copies),
    'group.initial.rebalance.delay.ms': 0,
    'num.network.threads': 2,
    'num.io.threads': 4,
    // A broker that died is noticed soon. Until then it cannot join again; alone, it waits for nobody but itself.
    'broker.heartbeat.interval.ms': 500,
    'broker.session.timeout.ms': nodes.length > 1 ? 6000 : 2000,
    'replica.lag.time.max.ms': 6000,
    'controller.quorum.election.timeout.ms': 1000,
    'controller.quorum.fetch.timeout.ms': 2000,
    ...(certificate !== undefined && {
      'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-512',
      ...Object.fromEntries(
        ['sasl_ssl', 'sasl_plaintext'].flatMap((name) => [
          [
            `listener.name.${name}.plain.sasl.jaas.config`,
            `${plainLogin} user_${USERS.plain.username}="${USERS.plain.password}";`,
          ],
          [
            `listener.name.${name}.scram-sha-512.sasl.jaas.config`,
            'org.apache.kafka.common.security.scram.ScramLoginModule required;',
          ],
        ]),
      ),
      'ssl.keystore.location': certificate.store,
      'ssl.keystore.password': STORE_PASSWORD,
      'ssl.keystore.type': 'PKCS12',
    }),
  }
}

export type Settings = Readonly<Record<string, string | number | boolean>>

/** As a properties file. */
export const propertiesOf = (settings: Settings): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name}=${String(value).replaceAll('\\', '\\\\')}\n`)
    .join('')
