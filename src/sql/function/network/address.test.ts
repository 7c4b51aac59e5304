import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Value } from '../../../record/column.ts'
import { STRING } from '../../../record/type.ts'
import { bind, call, column, literal, rows } from '../run.test-tool.ts'

type Address = { readonly number: bigint; readonly size: 32 | 128 }

const v4 = fc
  .nat({ max: 255 })
  .chain((first) =>
    fc.tuple(fc.constantFrom(first, 10, 172, 192), fc.nat({ max: 255 }), fc.nat({ max: 255 }), fc.nat({ max: 255 })),
  )
const number = fc.oneof(
  v4.map((bytes): Address => ({ number: bytes.reduce((all, byte) => all * 256n + BigInt(byte), 0n), size: 32 })),
  // 2001:…, so that it is no address of IPv4 in another form.
  fc.bigInt({ min: 0x2001n << 112n, max: 0x2003n << 112n }).map((big): Address => ({ number: big, size: 128 })),
)

function written({ number: big, size }: Address): string {
  if (size === 32) return [24n, 16n, 8n, 0n].map((shift) => (big >> shift) & 255n).join('.')
  return Array.from({ length: 8 }, (_, group) => ((big >> BigInt(112 - 16 * group)) & 0xffffn).toString(16)).join(':')
}

/** To a network of IPv6, an address of IPv4 is ::ffff:a.b.c.d. */
function isInside(address: Address, base: Address, bits: number): boolean {
  if (address.size > base.size) return false
  const big = address.size < base.size ? (0xffffn << 32n) + address.number : address.number
  const shift = BigInt(base.size - bits)
  return big >> shift === base.number >> shift
}

test('an address is in a network if their first bits are the same', () => {
  const network = number.chain((address) => fc.tuple(fc.constant(address), fc.nat({ max: address.size })))
  fc.assert(
    fc.property(number, network, fc.nat({ max: 128 }), (other, [base, bits], flipped) => {
      // Half of the addresses differ from the network's in one bit.
      const near = { ...base, number: base.number ^ (1n << BigInt(flipped % base.size)) }
      const cidr = `${written(base)}/${bits}`
      for (const address of [other, near]) {
        const wanted = isInside(address, base, bits)
        expect(call('IP_IN_NETWORK', [rows(STRING, written(address)), literal(cidr, STRING)])).toEqual([wanted])
        expect(call('IP_IN_NETWORK', [rows(STRING, written(address)), rows(STRING, cidr)])).toEqual([wanted])
      }
    }),
  )
})

const of = (name: string, ...texts: readonly Value[]) => call(name, [rows(STRING, ...texts)])

test('a text that is no address has no family, is in no network and is not private', () => {
  const texts = ['', 'example.com', '1.2.3', '01.2.3.4', '1.2.3.4:80', '[::1]', null]
  const none = texts.map(() => null)
  expect(of('IP_FAMILY', ...texts)).toEqual(none)
  expect(of('IP_IS_PRIVATE', ...texts)).toEqual(none)
  expect(call('IP_IN_NETWORK', [rows(STRING, ...texts), literal('::/0', STRING)])).toEqual(none)
})

test('families, zones and addresses of IPv4 in IPv6', () => {
  expect(of('IP_FAMILY', '1.2.3.4', '::1', 'fe80::1%eth0', '::ffff:1.2.3.4')).toEqual([4, 6, 6, 6])
  expect(of('IP_IS_PRIVATE', '::ffff:10.0.0.1', 'fe80::1%eth0', '::ffff:8.8.8.8')).toEqual([true, true, false])
})

test('private addresses and their neighbours', () => {
  const inside = [
    '10.0.0.0',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '127.0.0.1',
    '100.64.0.1',
    '169.254.1.1',
    '::1',
    'fd00::1',
  ]
  const outside = [
    '9.255.255.255',
    '11.0.0.0',
    '172.15.0.1',
    '172.32.0.0',
    '192.169.0.0',
    '100.128.0.0',
    '::2',
    '2001:db8::1',
  ]
  expect(of('IP_IS_PRIVATE', ...inside)).toEqual(inside.map(() => true))
  expect(of('IP_IS_PRIVATE', ...outside)).toEqual(outside.map(() => false))
})

test('one of several networks is enough, and one without bits is an address', () => {
  const networks = [literal('10.0.0.0/8', STRING), literal('8.8.8.8', STRING)]
  expect(call('IP_IN_NETWORK', [rows(STRING, '8.8.8.8', '8.8.8.9', '10.1.1.1'), ...networks])).toEqual([
    true,
    false,
    true,
  ])
})

test.each(['10.0.0.0/33', '::/129', '10.0.0/8', 'x', '10.0.0.0/', ''])(
  '%j is refused as a network, and fails its row',
  (network) => {
    expect(() => bind('IP_IN_NETWORK', [column(0, STRING), literal(network, STRING)])).toThrow('is no network such as')
    expect(call('IP_IN_NETWORK', [rows(STRING, '1.1.1.1'), rows(STRING, network)])).toEqual(['failed'])
  },
)
