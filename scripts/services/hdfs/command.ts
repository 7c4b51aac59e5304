/** HDFS on the command line. */
import type { ServiceCommand } from '../service-command.ts'
import { startHdfs } from './hdfs.ts'

export const hdfsOnCommand: ServiceCommand = {
  name: 'hdfs',
  usage: 'hdfs',
  summary: 'HDFS, a NameNode and a DataNode',
  async start() {
    const hdfs = await startHdfs()
    return {
      folder: hdfs.folder,
      pids: [hdfs.pid('namenode'), hdfs.pid('datanode')],
      addresses: {
        WebHDFS: hdfs.webhdfs,
        'file system': hdfs.uri,
        configuration: hdfs.conf,
        'data and logs': hdfs.folder,
      },
      [Symbol.asyncDispose]: hdfs.stop,
    }
  },
}
