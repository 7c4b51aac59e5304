// The elements of nested JSON, grouped, as people write it: node:readline and JSON.parse.
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

const totals = new Map()
for await (const line of createInterface({ input: createReadStream(process.argv[2]) })) {
  for (const { 'ID Year': year, Population } of JSON.parse(line).data) {
    const total = totals.get(year) ?? { n: 0, sum: 0 }
    total.n++
    total.sum += Population
    totals.set(year, total)
  }
}
for (const [year, { n, sum }] of totals) console.log(`${year},${n},${sum}`)
