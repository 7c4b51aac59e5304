/**
 * Addresses of IPv4 and IPv6 in networks. Node's BlockList compares them: an address of IPv4 that is written in IPv6
 * (::ffff:10.0.0.1) is that of IPv4, and ::/0 has all addresses. A text that is no address gives NULL.
 */
import type { BlockList } from 'node:net'
import type { StringColumn } from '../../../record/column.ts'
import { BOOLEAN, INT } from '../../../record/type.ts'
import type { Compute, Expression } from '../../expression/expression.ts'
import { define } from '../define.ts'
import { type ScalarFunction, TypeProblem } from '../function.ts'
import { anyNull, booleanOutput, fail, intOutput, setNull } from '../output.ts'
import { numberRows } from '../rows.ts'
import { literalText, textOfRow } from '../text/bytes.ts'

/** Loaded when it is used: each start of the program would pay for it. */
const net = () => process.getBuiltinModule('node:net')

const FAMILY = { 4: 'ipv4', 6: 'ipv6' } as const

/** Whether an address is in the networks; undefined for a text that is none. */
function isWithin(networks: BlockList, text: string): boolean | undefined {
  const family = net().isIP(text)
  if (family !== 4 && family !== 6) return undefined
  // A zone, as in fe80::1%eth0, says only where the address counts.
  return networks.check(family === 6 ? text.replace(/%.*$/, '') : text, FAMILY[family])
}

/** The networks, or the first that is none. */
function networksOf(texts: readonly string[]): BlockList | { readonly bad: string } {
  const { BlockList, isIP } = net()
  const networks = new BlockList()
  for (const text of texts) {
    const [, address = '', bits] = /^([^/%]*)(?:\/(\d{1,3}))?$/.exec(text) ?? []
    const family = isIP(address)
    const most = family === 4 ? 32 : 128
    if ((family !== 4 && family !== 6) || Number(bits ?? 0) > most) return { bad: text }
    networks.addSubnet(address, Number(bits ?? most), FAMILY[family])
  }
  return networks
}

const problemWith = (text: string): string => `'${text}' is no network such as 10.0.0.0/8 or 2001:db8::/32`

const family = define({
  summary: 'The family of an address: 4 or 6; NULL for a text that is no address.',
  usage: 'IP_FAMILY(address)',
  takes: ['string'],
  gives: INT,
  open: () => numberRows(intOutput(), ([text]) => net().isIP(String(text)) || undefined),
})

const isIn = define({
  summary: 'Whether an address is in one of the networks, such as 10.0.0.0/8; NULL for a text that is no address.',
  usage: 'IP_IN_NETWORK(address, network, …)',
  takes: ['string', 'string…'],
  gives: BOOLEAN,
  check([, ...networks]) {
    for (const network of networks) {
      const text = literalText(network)
      if (text !== undefined && 'bad' in networksOf([text]))
        throw new TypeProblem(problemWith(text), undefined, network)
    }
  },
  open: ([, ...networks]) => openIsIn(networks),
})

/** How many lists of networks from columns are kept. */
const KEPT_LISTS = 1000

function openIsIn(operands: readonly Expression[]): Compute {
  const output = booleanOutput()
  const fixed = operands.every((operand) => literalText(operand) !== undefined)
  const always = fixed ? networksOf(operands.map((operand) => literalText(operand) ?? '')) : undefined
  const known = new Map<string, ReturnType<typeof networksOf>>()
  const read = (texts: readonly string[]) => {
    const name = texts.join(' ')
    const before = known.get(name)
    if (before !== undefined) return before
    if (known.size >= KEPT_LISTS) known.clear()
    const networks = networksOf(texts)
    known.set(name, networks)
    return networks
  }
  return (columns, count) => {
    const out = output(count)
    const [addresses, ...others] = columns as readonly StringColumn[]
    for (let row = 0; row < count; row++) {
      if (anyNull(columns, row)) continue
      const networks = always ?? read(others.map((column) => textOfRow(column, row)))
      if ('bad' in networks) {
        fail(out, row, `IP_IN_NETWORK: ${problemWith(networks.bad)}`)
        continue
      }
      const found = isWithin(networks, textOfRow(addresses as StringColumn, row))
      if (found === undefined) setNull(out, row, count)
      else out.values[row] = found ? 1 : 0
    }
    return out
  }
}

/** RFC 1918, 4193, 6598; loopback and link-local addresses. */
const PRIVATE =
  '10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 ::1/128 fc00::/7 fe80::/10'.split(
    ' ',
  )

const isPrivate = define({
  summary:
    'Whether an address is none of the internet: private (RFC 1918, 4193, 6598), loopback or link-local; NULL for a text that is no address.',
  usage: 'IP_IS_PRIVATE(address)',
  takes: ['string'],
  gives: BOOLEAN,
  open() {
    const networks = networksOf(PRIVATE) as BlockList
    return numberRows(booleanOutput(), ([text]) => {
      const found = isWithin(networks, String(text))
      return found === undefined ? undefined : Number(found)
    })
  },
})

export const addressFunctions: readonly ScalarFunction[] = [family, isIn, isPrivate]
