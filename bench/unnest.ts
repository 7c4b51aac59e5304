/**
 * Nested JSON: answers of an API, each a line of 300 elements of six members, and a grouped sum over their elements. Against
 * JSON.parse on every line, and DuckDB, which is told to read only the two members that the question needs. Figures are elements
 * a second.
 */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { seededRandom } from '../src/base/random.ts'
import { inPieces } from './logs.ts'
import { compareOnCores, OUT, save } from './measure.ts'
import { jsonContenders } from './peers/json-contenders.ts'

const ANSWERS = 6000
const ELEMENTS = 300
const path = join(OUT, `population-${ANSWERS}.ndjson`)

const random = seededRandom(1)
const NATIONS = ['United States', 'Côte d’Ivoire', 'São Tomé and Príncipe', 'Chile']
const SOURCE =
  '[{"measures":["Population"],"annotations":{"source_name":"Census Bureau","topic":"Diversity"},"name":"acs_yg_total_population_5","substitutions":[]}]'

function element(index: number): string {
  const nation = random.below(NATIONS.length)
  const year = 2013 + (index % 10)
  const name = NATIONS[nation] as string
  return `{"ID Nation":"0${nation}000US","Nation":"${name}","ID Year":${year},"Year":"${year}","Population":${random.below(400_000_000)},"Slug Nation":"${name.toLowerCase().replaceAll(' ', '-')}"}`
}

const answer = (): string =>
  `{"data":[${Array.from({ length: ELEMENTS }, (_, index) => element(index)).join(',')}],"source":${SOURCE}}\n`

if (!existsSync(path)) await writeFile(path, inPieces(ANSWERS, answer))
const sql = `SELECT \`ID Year\`, COUNT(*) AS n, SUM(Population) AS total
FROM log CROSS JOIN UNNEST(data) AS d (\`ID Nation\`, Nation, \`ID Year\`, \`Year\`, Population, \`Slug Nation\`)
GROUP BY \`ID Year\``
const data = `STRUCT("ID Year" BIGINT, "Population" BIGINT)[]`
const duckdbSql = `SELECT d."ID Year", count(*), sum(d."Population") FROM
(SELECT unnest(data) AS d FROM read_ndjson('${path}', columns = {'data': '${data}'})) GROUP BY ALL`
const contenders = jsonContenders({ parse: 'unnest', name: 'unnest', path, sql, duckdbSql })
save('unnest', compareOnCores('UNNEST of nested JSON', contenders, ANSWERS * ELEMENTS))
