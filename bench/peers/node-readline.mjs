// A plain Node script that was not written for speed: readline, a regular expression, and maps. node node-readline.mjs q1|q2 LOG
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

const [question, file] = process.argv.slice(2)
const LINE =
  /^(\S+) (\S+) (.*?) \[(\d+)\/(\w+)\/(\d+):(\d+):(\d+):(\d+) ([+-]\d{2})(\d{2})\] "(\S+) (\S+)[^"]*" (\d{3}) (\d+|-)/
const MONTHS = { Jan: 0, Feb: 1, Mar: 2, Apr: 3, May: 4, Jun: 5, Jul: 6, Aug: 7, Sep: 8, Oct: 9, Nov: 10, Dec: 11 }
const size = question === 'q1' ? 60_000 : 300_000
const windows = new Map()
for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
  const found = LINE.exec(line)
  if (found === null) continue
  const [, , , , day, month, year, hour, minute, second, zoneHour, zoneMinute, method, target] = found
  const time = Date.UTC(+year, MONTHS[month], +day, +hour - +zoneHour, +minute - +zoneMinute, +second)
  const start = time - (time % size)
  const key = question === 'q1' ? method : target.split('?')[0]
  if (!windows.has(start)) windows.set(start, new Map())
  const counts = windows.get(start)
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
for (const [start, counts] of [...windows].sort(([a], [b]) => a - b)) {
  const rows =
    question === 'q1' ? [...counts] : [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, 3)
  for (const [key, count] of rows) console.log(new Date(start).toISOString(), key, count)
}
