// The speed of JSON.parse on every line: it only finds the lines, parses and counts. node node-json-parse.mjs LOG
import { closeSync, openSync, readSync } from 'node:fs'

const file = openSync(process.argv[2])
const buffer = Buffer.allocUnsafe(1 << 20)
const counts = new Map()
let filled = 0
for (let read = 1; read > 0; ) {
  read = readSync(file, buffer, filled, buffer.length - filled, null)
  filled += read
  let start = 0
  for (let end = buffer.indexOf(10, start); end >= 0 && end < filled; end = buffer.indexOf(10, start)) {
    const { status, bytes } = JSON.parse(buffer.latin1Slice(start, end))
    const count = counts.get(status) ?? { requests: 0, bytes: 0 }
    count.requests++
    count.bytes += bytes
    counts.set(status, count)
    start = end + 1
  }
  buffer.copyWithin(0, start, filled)
  filled -= start
}
closeSync(file)
for (const [status, { requests, bytes }] of counts) console.log(status, requests, bytes)
