/**
 * An hour of a busy day, or SOAK_MINUTES: lines at 100,000 a second through a topic that is kept small, while what the
 * process takes is looked at. Memory, files and bytes are to be flat: written to bench/out/soak.json, drawn in docs/soak.svg.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const minutes = Number(process.env.SOAK_MINUTES ?? 60)
const SAMPLES = 300
const PIPELINE = `version: 1
name: soak
sources: { lines: { generator: { rate: 100000/s }, to: access } }
topics:
  access: { partitions: 3, format: common, watermark: ts - INTERVAL '5' SECOND, retention: { size: 256MiB, limit: 1GiB } }
queries:
  methods: { count: { by: http_method, every: 60s, from: access } }
  top_paths: { top: { count: 3, of: path, by: COUNT(*), every: 5m, from: access } }
sinks:
  methods: { from: methods, ndjson: methods.ndjson }
`

type Sample = {
  readonly seconds: number
  readonly rssMb: number
  readonly files: number
  readonly dataMb: number
}

function sampleOf(pid: number, data: string, seconds: number): Sample {
  const rss = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  const names = readdirSync(data, { recursive: true, encoding: 'utf8' })
  const bytes = names.reduce((sum, name) => sum + (statSync(join(data, name), { throwIfNoEntry: false })?.size ?? 0), 0)
  return { seconds, rssMb: Number(rss ?? 0) / 1024, files: names.length, dataMb: bytes / 2 ** 20 }
}

/** One panel a measure, each from zero to its greatest. */
function draw(samples: readonly Sample[]): string {
  const panels = (['rssMb', 'files', 'dataMb'] as const).map((key, panel) => {
    const most = Math.max(1, ...samples.map((sample) => sample[key]))
    const last = samples.at(-1)?.seconds ?? 1
    const points = samples.map(
      (sample) => `${(60 + (600 * sample.seconds) / last).toFixed(1)},${(130 - (100 * sample[key]) / most).toFixed(1)}`,
    )
    const line = `<polyline fill="none" stroke="#06c" points="${points.join(' ')}"/><path stroke="#888" d="M60 130H660"/>`
    return `<g transform="translate(0 ${panel * 140})"><text x="60" y="20">${key}, at most ${most.toFixed(0)}</text>${line}</g>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 680 440" font-family="sans-serif" font-size="13">\n${panels.join('\n')}\n<text x="60" y="435">${minutes} minutes at 100,000 lines a second</text>\n</svg>\n`
}

const folder = mkdtempSync(join(tmpdir(), 'tailrace-soak-'))
writeFileSync(join(folder, 'p.yaml'), PIPELINE)
mkdirSync(join(folder, '.tailrace/soak'), { recursive: true })
const child = spawn(process.execPath, [resolve('src/cli/main.ts'), 'run', join(folder, 'p.yaml'), '--json'], {
  stdio: ['ignore', 'ignore', 'pipe'],
})
let told = ''
child.stderr.setEncoding('utf8').on('data', (text: string) => {
  told += text
})
const ended = once(child, 'exit')
const samples: Sample[] = []
const began = performance.now()
try {
  while (performance.now() - began < minutes * 60_000 && child.exitCode === null) {
    await new Promise((done) => setTimeout(done, (minutes * 60_000) / SAMPLES))
    const seconds = (performance.now() - began) / 1000
    if (child.exitCode === null) samples.push(sampleOf(child.pid ?? 0, join(folder, '.tailrace/soak'), seconds))
  }
  child.kill('SIGTERM')
  await ended
  mkdirSync('bench/out', { recursive: true })
  writeFileSync('bench/out/soak.json', JSON.stringify({ minutes, told, samples }, undefined, 2))
  writeFileSync('docs/soak.svg', draw(samples))
  const first = samples[Math.floor(samples.length / 5)]
  process.stdout.write(
    `after a fifth of the time ${JSON.stringify(first)}\nat the end ${JSON.stringify(samples.at(-1))}\n`,
  )
  process.stdout.write(told)
  process.exitCode = child.exitCode ?? 1
} finally {
  child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
}
