/** Flume on the command line. */
import { Failure } from '../../../src/base/failure.ts'
import { readConf, type ServiceCommand } from '../service-command.ts'
import { startFlume } from './flume.ts'

export const flumeOnCommand: ServiceCommand = {
  name: 'flume',
  usage: 'flume FILE.conf',
  summary: 'Apache Flume, the agent of a configuration',
  async start([file]) {
    if (file === undefined) throw new Failure('usage', 'flume needs its configuration: flume FILE.conf')
    const flume = await startFlume({ conf: await readConf(file) })
    return {
      folder: flume.folder,
      pids: [flume.pid],
      addresses: { configuration: file, log: flume.log },
      [Symbol.asyncDispose]: flume.stop,
    }
  },
}
