import { expect, test } from 'vitest'
import { dropsOf } from './udp-drops.ts'

test('the drops of a port are added up, as the system writes them', () => {
  const text = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  410: 0100007F:158A 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4711 2 0000000000000000 17
  411: 00000000:158A 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4712 2 0000000000000000 3
  512: 0100007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000   101        0 4713 2 0000000000000000 99
`
  expect(dropsOf(text, 0x158a)).toBe(20)
  expect(dropsOf(text, 53)).toBe(99)
  expect(dropsOf('', 53)).toBe(0)
})
