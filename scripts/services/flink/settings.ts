/** The configuration of a Flink cluster of one JobManager, one TaskManager and one SQL Gateway. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export const HOST = '127.0.0.1'

export type FlinkNode = 'jobmanager' | 'taskmanager' | 'gateway'

export type Ports = {
  readonly rpc: number
  readonly rest: number
  readonly taskManager: number
  readonly gateway: number
}

export type FlinkSettings = Readonly<Record<string, string | number>>

/** Flink and its planner look into classes of Java that are closed to others. */
const OPENED = [
  ...['lang', 'lang.reflect', 'net', 'io', 'nio', 'text', 'time', 'util', 'util.concurrent', 'util.concurrent.atomic'],
  'util.concurrent.locks',
].map((name) => `--add-opens=java.base/java.${name}=ALL-UNNAMED`)

/** Without Flink's own scripts, every part of a TaskManager's memory has to be given. */
const TASK_MANAGER_HEAP_MB = 768
const FRAMEWORK_HEAP_MB = 128
const TASK_MANAGER_MEMORY: FlinkSettings = {
  'taskmanager.memory.framework.heap.size': `${FRAMEWORK_HEAP_MB}m`,
  'taskmanager.memory.framework.off-heap.size': '128m',
  'taskmanager.memory.task.off-heap.size': '0b',
  'taskmanager.memory.network.min': '96m',
  'taskmanager.memory.network.max': '96m',
  'taskmanager.memory.managed.size': '256m',
  'taskmanager.memory.jvm-metaspace.size': '256m',
  'taskmanager.memory.jvm-overhead.min': '192m',
  'taskmanager.memory.jvm-overhead.max': '192m',
  'taskmanager.cpu.cores': '2.0',
}

/** Writes the folders that Flink wants below this one: `conf` with its configuration, and `plugins`, which is empty. */
export async function writeSettings(
  folder: string,
  ports: Ports,
  { heapMb = TASK_MANAGER_HEAP_MB, settings: others }: { readonly heapMb?: number; readonly settings?: FlinkSettings },
): Promise<void> {
  const settings: FlinkSettings = {
    'jobmanager.rpc.address': HOST,
    'jobmanager.rpc.port': ports.rpc,
    'jobmanager.bind-host': HOST,
    'jobmanager.memory.process.size': '1g',
    'taskmanager.host': HOST,
    'taskmanager.bind-host': HOST,
    'taskmanager.rpc.port': ports.taskManager,
    'taskmanager.numberOfTaskSlots': 4,
    'rest.address': HOST,
    'rest.bind-address': HOST,
    'rest.port': ports.rest,
    'sql-gateway.endpoint.rest.address': HOST,
    'sql-gateway.endpoint.rest.bind-address': HOST,
    'sql-gateway.endpoint.rest.port': ports.gateway,
    // A TaskManager that was killed is noticed, and its jobs are started again, within seconds.
    'heartbeat.interval': 2000,
    'heartbeat.timeout': 8000,
    'restart-strategy.type': 'fixed-delay',
    'restart-strategy.fixed-delay.attempts': 1000,
    'restart-strategy.fixed-delay.delay': '500 ms',
    'execution.checkpointing.dir': `file://${join(folder, 'checkpoints')}`,
    'execution.checkpointing.savepoint-dir': `file://${join(folder, 'savepoints')}`,
    'io.tmp.dirs': join(folder, 'tmp'),
    'parallelism.default': 1,
    ...TASK_MANAGER_MEMORY,
    'taskmanager.memory.task.heap.size': `${heapMb - FRAMEWORK_HEAP_MB}m`,
    ...others,
  }
  await Promise.all(['conf', 'plugins', 'tmp'].map((name) => mkdir(join(folder, name))))
  const lines = Object.entries(settings).map(([name, value]) => `${name}: ${value}\n`)
  await writeFile(join(folder, 'conf/config.yaml'), lines.join(''))
}

/** How a node is started: the options of its virtual machine, its class and its arguments. `heapMb` is that of its machine. */
export function commandOf(
  node: FlinkNode,
  conf: string,
  taskManagerHeapMb: number = TASK_MANAGER_HEAP_MB,
): { readonly heapMb: number; readonly args: readonly string[] } {
  switch (node) {
    case 'jobmanager': {
      const main = 'org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint'
      return { heapMb: 512, args: [...OPENED, main, '-c', conf, '--executionMode', 'cluster'] }
    }
    case 'taskmanager':
      return {
        heapMb: taskManagerHeapMb,
        args: [...OPENED, 'org.apache.flink.runtime.taskexecutor.TaskManagerRunner', '-c', conf],
      }
    case 'gateway':
      return { heapMb: 512, args: [...OPENED, 'org.apache.flink.table.gateway.SqlGateway'] }
  }
}
