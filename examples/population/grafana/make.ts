/** Writes what Grafana reads: `node examples/population/grafana/make.ts`. A test fails where it was not done. */
import { writeFileSync } from 'node:fs'
import { alertProvisioning } from './alert-rule.ts'
import { populationDashboard } from './dashboard.ts'

/** The content of each file, by its path below this folder. */
export const made: Readonly<Record<string, string>> = {
  'dashboards/population.json': textOf(populationDashboard()),
  'provisioning/alerting/population.json': textOf(alertProvisioning()),
}

function textOf(content: object): string {
  return `${JSON.stringify(content, null, 2)}\n`
}

if (import.meta.main) {
  for (const [path, text] of Object.entries(made)) writeFileSync(new URL(path, import.meta.url), text)
}
