import { busContract } from '../../test/contract/bus.ts'
import { seededRandom } from '../base/random.ts'
import { appendForeign, memoryStore, openMemoryBus } from './memory-bus.test-tool.ts'

for (const [name, troubles] of [
  ['near', { turns: 0 }],
  ['far, with gaps and lost answers', { turns: 5, gaps: () => 0.3, lost: 0.3 }],
] as const) {
  let seed = 0
  busContract(`memory, ${name}`, async () => {
    const store = memoryStore()
    const random = seededRandom(++seed)
    return {
      open: async () => openMemoryBus(store, { random, ...troubles }),
      foreign: (topic, partition, records, gap) => appendForeign(store, [topic, partition], records, gap),
      async [Symbol.asyncDispose]() {},
    }
  })
}
