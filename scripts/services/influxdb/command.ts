/** InfluxDB on the command line. */
import { portOf, type ServiceCommand } from '../service-command.ts'
import { DATABASE, startInfluxdb } from './influxdb.ts'
import { INFLUXDB_VERSION } from './install.ts'

export const influxdbOnCommand: ServiceCommand = {
  name: 'influxdb',
  usage: 'influxdb [PORT]',
  summary: `InfluxDB ${INFLUXDB_VERSION}, built by Go the first time`,
  async start([port]) {
    const server = await startInfluxdb(port === undefined ? {} : { port: portOf(port) })
    return {
      folder: server.folder,
      pids: [server.pid],
      addresses: { address: server.url, bucket: DATABASE, token: 'any, or none', log: server.log },
      [Symbol.asyncDispose]: server.stop,
    }
  },
}
