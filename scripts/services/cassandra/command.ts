/** Cassandra on the command line. */
import { portOf, type ServiceCommand } from '../service-command.ts'
import { startCassandra } from './cassandra.ts'

/** Cassandra with this many nodes, under this name. */
export const cassandraOnCommand = (name: string, nodes: 1 | 3): ServiceCommand => ({
  name,
  usage: `${name} [PORT]`,
  summary: nodes === 1 ? 'Apache Cassandra, one node' : 'Apache Cassandra, a ring of three nodes',
  async start([port]) {
    const cassandra = await startCassandra({ nodes, ...(port !== undefined && { port: portOf(port) }) })
    return {
      folder: cassandra.folder,
      pids: Array.from({ length: nodes }, (_, index) => cassandra.pid(index + 1)),
      addresses: {
        'contact points': cassandra.contactPoints.join(),
        'data centre': cassandra.datacenter,
        'data and logs': cassandra.folder,
      },
      [Symbol.asyncDispose]: cassandra.stop,
    }
  },
})
