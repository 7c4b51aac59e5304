/** The dashboard of population data. */
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog'
import { type Dashboard, DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard'
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table'
import { PanelBuilder as SeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries'
import { BY_YEAR, CHANGE, LATEST, POINTS_WRITTEN } from './queries.ts'

/** The data source of provisioning/datasources. */
export const DATASOURCE: { readonly type: string; readonly uid: string } = {
  type: 'influxdb',
  uid: 'population-flux',
}

/** A query in Flux. The SDK has no builder of it, so an object with `build` is one. */
export const flux = (query: string): Builder<Dataquery> => ({
  build: () => ({ refId: 'A', query, datasource: DATASOURCE }) as unknown as Dataquery,
})

const series = (title: string, query: string): SeriesBuilder =>
  new SeriesBuilder().title(title).datasource(DATASOURCE).unit('short').withTarget(flux(query))

/** The dashboard as Grafana reads it. */
export const populationDashboard = (): Dashboard =>
  new DashboardBuilder('Population')
    .uid('population')
    .description('Written by tailrace: a point for each nation and year.')
    .tags(['tailrace'])
    .time({ from: 'now-20y', to: 'now' })
    .timezone('utc')
    .withPanel(series('Population by year', BY_YEAR).id(1).gridPos({ x: 0, y: 0, w: 16, h: 10 }))
    .withPanel(
      new TableBuilder()
        .title('Latest population')
        .datasource(DATASOURCE)
        .withTarget(flux(LATEST))
        .id(2)
        .gridPos({ x: 16, y: 0, w: 8, h: 10 }),
    )
    .withPanel(series('Change from the year before', CHANGE).id(3).gridPos({ x: 0, y: 10, w: 16, h: 10 }))
    .withPanel(
      new StatBuilder()
        .title('Points written')
        .datasource(DATASOURCE)
        .withTarget(flux(POINTS_WRITTEN))
        .id(4)
        .gridPos({ x: 16, y: 10, w: 8, h: 10 }),
    )
    .build()
