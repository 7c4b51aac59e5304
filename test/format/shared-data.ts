/** The real logs in ../shared/data (or TAILRACE_SHARED), with facts found by awk: see the README there. */
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { test } from 'vitest'

const folder = join(process.env.TAILRACE_SHARED ?? resolve(import.meta.dirname, '../../../shared'), 'data')

/** `test`, or a skip with a message if the logs are missing. */
export const testWithData: typeof test.skip = existsSync(folder) ? test : skipLoudly()

function skipLoudly(): typeof test.skip {
  console.warn(`tests of real logs are skipped: ${folder} is not there`)
  return test.skip
}

export const dataPath = (path: string): string => join(folder, path)

export function readData(path: string): Buffer {
  const bytes = readFileSync(dataPath(path))
  return path.endsWith('.gz') ? gunzipSync(bytes) : bytes
}

export type Facts = {
  /** `lines 20000`: one word, one value. */
  readonly values: ReadonlyMap<string, string>
  /** `by_status`, then `count key` lines. */
  readonly tables: ReadonlyMap<string, readonly (readonly [key: string, count: number])[]>
}

export function readFacts(name: string): Facts {
  const values = new Map<string, string>()
  const tables = new Map<string, [string, number][]>()
  let table: [string, number][] = []
  for (const line of readFileSync(join(folder, 'expected', `${name}.facts.txt`), 'utf8').split('\n')) {
    const counted = /^ +(\d+)\t(.*)$/.exec(line)
    const [word = '', value] = line.split(' ')
    if (counted !== null) table.push([counted[2] as string, Number(counted[1])])
    else if (value !== undefined) values.set(word, value)
    else {
      table = []
      tables.set(word, table)
    }
  }
  return { values, tables }
}
