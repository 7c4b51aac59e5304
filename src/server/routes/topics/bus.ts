/** `/api/v1/bus`: where the topics are: the brokers, and what each has of the pipeline's topics. */
import type { PipelineStatus } from '../../../run/status/status.ts'
import type { BrokerView, BusView } from '../../api/topics.ts'
import { defineRoute, inJson, type Route } from '../route.ts'
import { busView } from './forms.ts'

export const bus: Route = defineRoute({
  method: 'GET',
  path: '/api/v1/bus',
  summary: 'The bus: its brokers, and how many partitions of the pipeline each of them leads and has copies of.',
  answer: inJson(busView),
  handle: async (_, { feed }) => busViewOf(await feed.status()),
})

/** Brokers that the cluster does not have at present are those that partitions name and the bus does not. */
export function busViewOf({ bus, topics }: Pick<PipelineStatus, 'bus' | 'topics'>): BusView {
  const partitions = topics.flatMap((topic) => topic.partitions)
  const known = new Map(bus.brokers.map((broker) => [broker.id, broker]))
  const ids = new Set([...known.keys(), ...partitions.flatMap(({ replicas }) => replicas)])
  const brokers = [...ids]
    .sort((a, b) => a - b)
    .map((id): BrokerView => {
      const { address = null, isController = false } = known.get(id) ?? {}
      const copies = partitions.filter(({ replicas }) => replicas.includes(id))
      const behind = copies.filter(({ inSync }) => !inSync.includes(id))
      const leads = partitions.filter(({ leader }) => leader === id)
      return { id, address, isController, leads: leads.length, copies: copies.length, behind: behind.length }
    })
  return { ...bus, brokers }
}
