/** A page of charts alone, for tests in a browser: a test gives it the charts to show, and again the same with other rows. */
import { render } from 'preact'
import { Panel } from '../part/page.tsx'
import { Chart, type ChartProps } from './chart.tsx'
import { ChartControls } from './chart-controls.tsx'
import { choose } from './choose.ts'

type Shown = ChartProps & { readonly title: string }

declare global {
  interface Window {
    showCharts(charts: readonly Shown[]): void
  }
}

window.showCharts = (charts) => {
  const root = document.getElementById('app')
  if (root === null) return
  render(
    <main>
      <h1>Charts</h1>
      {charts.map(({ title, ...props }) => (
        <Panel key={title} title={title}>
          <ChartControls
            columns={props.columns}
            choice={props.choice ?? choose(props.columns, props.rows)}
            wish={{}}
            onWish={() => {}}
          />
          <Chart {...props} />
        </Panel>
      ))}
    </main>,
    root,
  )
}
