import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { expect } from 'vitest'
import { combined, vhostCombined } from '../../src/format/access-log/access-log.ts'
import { formats } from '../../src/format/all.ts'
import { decodeAll, decodeApart, expectAnyChoice, sampleOf } from '../../src/format/decode.test-tool.ts'
import { logFormat } from '../../src/format/log-format/log-format.ts'
import { readData, testWithData } from './shared-data.ts'

testWithData('each nasty line is a row, a row without parts, or a reject', () => {
  const { rows, origins, rejects } = decodeAll(combined.open({}, undefined), readData('nasty/nasty-lines.log'))
  const kinds = Array.from({ length: 93 }, () => 'reject')
  rows.forEach((row, i) => {
    kinds[origins[i] as number] = row.protocol === null ? (row.target === null ? 'no parts' : 'no protocol') : 'whole'
  })
  // The lines, from 1, at which the kind changes; nasty-lines.index.tsv describes them.
  const runs = kinds.flatMap((kind, i) => (kind === kinds[i - 1] ? [] : [`${i + 1} ${kind}`]))
  expect(runs).toEqual([
    '1 no parts', // TLS bytes, binary requests, words: a frame with a broken request.
    '12 reject', // A name in front of the host; an empty line.
    '25 whole', // Odd versions, scanners, injections, ${jndi:...}: all METHOD target HTTP/d.d.
    '52 reject', // Empty lines.
    '54 whole',
    '55 reject', // No ident, no user.
    '56 whole',
    '57 reject', // A virtual host in front of the host; syslog, uwsgi, XML.
    '73 whole', // \xHH in the referer, long lines, IPv6.
  ])
  const inFront =
    'expected an ident, found an address: vhost_combined and vhost_common read a virtual host in front of the host'
  expect(rejects).toEqual([
    ...Array.from({ length: 12 }, (_, i) => `${11 + i}:12 ${inFront}`),
    '23:0 the line is empty',
    '51:0 the line is empty',
    '52:0 the line is empty',
    '54:16 expected host, ident and user before the [time]',
    `56:14 ${inFront}`,
    `57:14 ${inFront}`,
    '58:4 expected an ident, found a space',
    '59:7 expected a user and a [time], found no [',
    '60:7 expected a user and a [time], found no [',
    '61:41 expected [time] and the quoted request behind it',
    '62:7 expected a user and a [time], found no [',
    '63:65 expected [time] and the quoted request behind it',
    '64:65 expected [time] and the quoted request behind it',
    '65:65 expected [time] and the quoted request behind it',
    '66:48 expected a user and a [time], found no [',
    '67:8 expected a user and a [time], found no [',
    '68:0 expected a host: a name or an address',
    '69:0 expected a host: a name or an address',
    '70:0 expected a host: a name or an address',
    '71:9 expected a user and a [time], found no [',
  ])
})

testWithData('a prefix, an escaped byte and an IPv6 address stay as written', () => {
  const { rows, origins } = decodeAll(combined.open({}, undefined), readData('nasty/nasty-lines.log'))
  const line = (number: number) => rows[origins.indexOf(number - 1)]
  expect(line(1)).toMatchObject({ request: String.raw`\x16\x03\x01\x01 \x02`, http_method: null, status: 400 })
  expect(line(73)?.referer).toMatch(/^http:\/\/\\xe4\\xe5/)
  expect(line(93)).toMatchObject({ host: '2607:f700:8001:134:f23d:c7be:7c57:3c1e', query: null })
})

testWithData('lines with a virtual host in front are read by vhost_combined, if nothing else stands there', () => {
  const bytes = readData('nasty/nasty-lines.log')
  const names = ['vhost', 'vhost_port', 'host', 'ident', 'remote_user']
  const { rows, origins } = decodeAll(vhostCombined.open({}, undefined), bytes, names)
  expect(origins).toEqual([12, 14, 17, 19, 22, 56, 57])
  expect(rows.map((row) => `${row.vhost} ${row.vhost_port} ${row.host} ${row.ident} ${row.remote_user}`)).toEqual([
    ...Array.from({ length: 5 }, () => 'example.com null 192.168.1.10 null null'),
    'localhost 443 178.20.184.42 1j0vhgd jsmith',
    'localhost 443 154.57.4.229 cger1e khenry',
  ])
})

// Promise row-or-reject: Every line is a row or a dead letter, whatever its bytes.
testWithData('every mutated real line is a row or a reject, in every format, for any columns', async () => {
  const sources = [
    'nasty/nasty-lines.log',
    'access/nasa-aug95-first-20000.log.gz',
    'events/mirror-2020-05-15-raw-order.ndjson.gz',
    'events/nasa-1995-08-01.tsv.gz',
  ]
  const lines = sources.flatMap((path) => readData(path).subarray(0, 20_000).toString('latin1').split('\n'))
  const sample = sampleOf(Buffer.from(lines.slice(-100).join('\n'), 'latin1'))
  const edit = fc.tuple(
    fc.nat(300),
    fc.nat(4),
    fc.string({ unit: fc.constantFrom(...' "\\[]{},:\t\0\r\xff-9Z'), maxLength: 2 }),
  )
  const mutated = fc
    .tuple(fc.constantFrom(...lines), fc.array(edit, { maxLength: 3 }))
    .map(([line, edits]) =>
      edits.reduce((text, [at, gone, put]) => text.slice(0, at) + put + text.slice(at + gone), line),
    )
  const ready = (await formats.loadAll()).filter(({ main, isBinary }) => main?.isRequired !== true && isBinary !== true)
  // A format that a text describes: as all lines of these files, and with more behind.
  const texts = ['%h %l %u %t "%r" %>s %b', '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"', '{"$x":"$y"']
  const opened = [
    ...ready.map((format) => format.open({}, sample)),
    ...texts.map((text) => logFormat.open({ text }, undefined)),
  ]
  fc.assert(
    fc.property(
      fc.array(mutated, { minLength: 1, maxLength: 6 }),
      fc.nat(),
      fc.integer({ min: 1, max: 600 }),
      fc.constantFrom(' ', '"', '}', '1', '.5', ',', '\\', '" 200 5 ', 'e', 'Z', ''),
      (texts, seed, chunk, between) => {
        for (const open of opened) {
          const wanted = open.fields.map((field) => field.name).filter((_, i) => ((seed >> (i % 31)) & 1) === 1)
          const all = expectAnyChoice(open, texts, wanted, chunk)
          expect(decodeApart(open, texts, between)).toEqual(all)
        }
      },
    ),
    { numRuns: 400 },
  )
})
