import { expect, test } from 'vitest'
import { busOf, checkBus } from './checkpoint-bus.ts'

const topics = { log: 'log' }
const log = { name: 'log', id: 'one' }

test('a checkpoint fits the bus and the topics that it was taken with, and no others', () => {
  const kept = { topics, bus: busOf({ cluster: 'c' }, [log]) }
  const check = (checkpoint: Parameters<typeof checkBus>[0], cluster: string | undefined, id: string | undefined) =>
    checkBus(checkpoint, { cluster }, [{ name: 'log', id }], '/data')
  check(JSON.parse(JSON.stringify(kept)), 'c', 'one')
  checkBus(
    { ...kept, bus: kept.bus as NonNullable<typeof kept.bus> },
    { cluster: 'c' },
    [log, { name: 'new', id: '2' }],
    '/data',
  )
  expect(() => check(JSON.parse(JSON.stringify(kept)), 'd', 'one')).toThrow(
    'belongs to another bus: cluster c, not cluster d',
  )
  expect(() => check(JSON.parse(JSON.stringify(kept)), undefined, undefined)).toThrow('cluster c, not embedded')
  expect(() => check(JSON.parse(JSON.stringify(kept)), 'c', 'two')).toThrow('topic log was deleted and made again')
})

test('on the bus of a data folder a checkpoint names none, and one without topics fits any bus', () => {
  expect(busOf({ cluster: undefined }, [{ name: 'log', id: undefined }])).toBeUndefined()
  checkBus({ topics }, { cluster: undefined }, [{ name: 'log', id: undefined }], '/data')
  checkBus({ topics: {} }, { cluster: 'c' }, [log], '/data')
  expect(() => checkBus({ topics }, { cluster: 'c' }, [log], '/data')).toThrow('another bus: embedded, not cluster c')
})
