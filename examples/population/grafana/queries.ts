/**
 * What the panels and the alert rule ask of InfluxDB, in Flux. Grafana puts its time range and the bucket of the data source into `v`.
 * https://grafana.com/docs/grafana/latest/datasources/influxdb/query-editor/#flux-query-editor
 */

const POINTS = `from(bucket: v.defaultBucket)
  |> range(start: v.timeRangeStart, stop: v.timeRangeStop)
  |> filter(fn: (r) => r._measurement == "population_data")`

const POPULATION = `${POINTS}
  |> filter(fn: (r) => r._field == "Population")`

/** The names of nations are a field beside their population: a point has both. */
const NAMED = `${POINTS}
  |> filter(fn: (r) => r._field == "Population" or r._field == "Nation")
  |> pivot(rowKey: ["_time", "ID_Nation"], columnKey: ["_field"], valueColumn: "_value")`

/** A series for each nation: its population on 1 January of each year. */
export const BY_YEAR: string = `${NAMED}
  |> keep(columns: ["_time", "Nation", "Population"])
  |> group(columns: ["Nation"])
  |> sort(columns: ["_time"])`

/** The last year of each nation, the largest population first. */
export const LATEST: string = `${NAMED}
  |> group(columns: ["ID_Nation"])
  |> sort(columns: ["_time"])
  |> last(column: "Population")
  |> group()
  |> keep(columns: ["_time", "ID_Nation", "Nation", "Population"])
  |> sort(columns: ["Population"], desc: true)`

/** A series for each nation: by how many people it differs from the year before. */
export const CHANGE: string = `${NAMED}
  |> group(columns: ["Nation"])
  |> sort(columns: ["_time"])
  |> difference(columns: ["Population"])
  |> keep(columns: ["_time", "Nation", "Population"])`

/** How many points the sink has written. */
export const POINTS_WRITTEN: string = `${POPULATION}
  |> group()
  |> count()
  |> keep(columns: ["_value"])`

/** A series for each nation: by how many percent it differs from the year before. */
export const CHANGE_PERCENT: string = `${POPULATION}
  |> group(columns: ["ID_Nation"])
  |> sort(columns: ["_time"])
  |> duplicate(column: "_value", as: "now")
  |> difference(columns: ["_value"])
  |> map(fn: (r) => ({
    _time: r._time,
    ID_Nation: r.ID_Nation,
    _value: float(v: r._value) * 100.0 / float(v: r.now - r._value),
  }))
  |> group(columns: ["ID_Nation"])`
