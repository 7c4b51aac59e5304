/** Kafka on the command line. */
import { portOf, type ServiceCommand } from '../service-command.ts'
import { startKafka } from './kafka.ts'

/** Kafka with this many brokers and with security, under this name. */
export const kafkaOnCommand = (name: string, brokers: 1 | 3): ServiceCommand => ({
  name,
  usage: `${name} [PORT]`,
  summary: brokers === 1 ? 'Apache Kafka, one broker' : 'Apache Kafka, three brokers, three replicas',
  async start([port]) {
    const kafka = await startKafka({ brokers, security: true, ...(port !== undefined && { port: portOf(port) }) })
    const { plain, scram } = kafka.users
    return {
      folder: kafka.folder,
      pids: Array.from({ length: brokers }, (_, index) => kafka.pid(index + 1)),
      addresses: {
        brokers: kafka.bootstrap,
        'with SASL and TLS': kafka.bootstrapOf('SASL_SSL'),
        'with SASL alone': kafka.bootstrapOf('SASL_PLAINTEXT'),
        'with TLS alone': kafka.bootstrapOf('SSL'),
        certificate: kafka.ca ?? '',
        'user (PLAIN)': `${plain.username}, password: ${plain.password}`,
        'user (SCRAM-SHA-512)': `${scram.username}, password: ${scram.password}`,
        'data and logs': kafka.folder,
      },
      [Symbol.asyncDispose]: kafka.stop,
    }
  },
})
